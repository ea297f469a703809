"""The pages of Django's admin, for operators of the installation only."""

from django.contrib.admin.apps import AdminConfig


class Operators(AdminConfig):
    default_site = "config.operator_site.OperatorSite"

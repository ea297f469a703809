"""Addresses of how long what is kept."""

from django.urls import URLPattern, path

from consent.views import retention

urlpatterns: list[URLPattern] = [
    path("retention/", retention.retention_list, name="retention_list"),
    path("retention/run/", retention.retention_run, name="retention_run"),
    path("retention/change/", retention.retention_change, name="retention_change"),
]

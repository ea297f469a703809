"""By which way a customer is reached, or where something is measured."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Web push")
    POST = "post", _("Post")
    PHONE = "phone", _("Phone")
    SITE = "site", _("Website")
    ALL = "all", _("Every channel")  # of a purpose that is no message: profiling, for instance

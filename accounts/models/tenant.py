"""An organisation that uses Portret. The row itself is global: it is looked up by its slug before there is a scope."""

import secrets
import zoneinfo
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

RESERVED_SLUGS = frozenset({"account", "admin", "api", "demo", "help", "portret", "static", "support", "system", "test", "tenant", "www"})


def is_free_word(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("This address is reserved. Choose another."))


def is_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This time zone does not exist. An example: Europe/Amsterdam."))


def new_id_key() -> bytes:
    return secrets.token_bytes(16)


def default_languages() -> list[str]:
    return ["nl", "en-gb"]


class Tenant(models.Model):
    name = models.CharField(_("Name"), max_length=100)
    slug = models.CharField(
        _("Address"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$", _("Use 3 to 40 small letters, digits and hyphens.")),
            is_free_word,
        ],
        error_messages={"unique": _("Another organisation has this address already. Choose another.")},
    )
    id_key = models.BinaryField(default=new_id_key, editable=False)
    time_zone = models.CharField(_("Time zone"), max_length=50, default="Europe/Amsterdam", validators=[is_time_zone])
    country = models.CharField(
        _("Country"), max_length=2, default="NL", validators=[RegexValidator(r"^[A-Z]{2}$", _("Use two capital letters, such as NL."))]
    )
    currency = models.CharField(
        _("Currency"), max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", _("Use three capital letters, such as EUR."))]
    )
    languages = ArrayField(models.CharField(max_length=10), default=default_languages, verbose_name=_("Languages"))
    requires_second_factor = models.BooleanField(_("Everyone signs in with a second factor"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    users = models.ManyToManyField("accounts.User", related_name="tenants", editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:dashboard", args=[self.slug])

    @property
    def language_labels(self) -> list[Any]:
        names = dict(settings.LANGUAGES)
        return [names.get(code, code) for code in self.languages]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

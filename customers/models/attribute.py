"""The catalogue of what may be known of a customer: a key, a type, what it means, how sensitive it is, how long it is kept."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet

KEY = RegexValidator(r"^[a-z][a-z0-9_]{0,59}$", _("Use small letters, digits and underscores; begin with a letter."))


class AttributeQuerySet(TenantQuerySet):
    def in_use(self) -> "AttributeQuerySet":
        return self.filter(retired_at=None)


class Attribute(TenantModel):
    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        WHOLE = "whole", _("Whole number")
        DECIMAL = "decimal", _("Decimal number")
        YES_NO = "yes_no", _("Yes or no")
        DATE = "date", _("Date")
        TIME = "time", _("Date and time")
        MONEY = "money", _("Amount of money")
        CHOICE = "choice", _("One choice")
        CHOICES = "choices", _("Several choices")

    class Category(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        SENSITIVE = "sensitive", _("Sensitive")
        SPECIAL = "special", _("Special (GDPR Art. 9)")

    key = models.CharField(_("Key"), max_length=60, validators=[KEY])
    label = models.CharField(_("Name"), max_length=80)
    type = models.CharField(_("Type"), max_length=7, choices=Type)
    meaning = models.TextField(_("What it means"), blank=True)
    category = models.CharField(_("How sensitive"), max_length=9, choices=Category, default=Category.ORDINARY)
    kept_days = models.PositiveIntegerField(_("Kept for (days)"), null=True, blank=True)
    # Keys of the purposes it may be used for; none: it is kept and used for nothing but the customer's own page.
    purposes = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True, verbose_name=_("Used for"))
    options = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("Choices"))
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager.of(AttributeQuerySet)
    holds = holding.nobody("the catalogue")

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="one_attribute_a_key")]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("customers:attribute_change", args=[tenancy.current().slug, self.public_id])

"""The catalogue of what customers do: a name, what it means, and its typed properties."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from customers.models.attribute import Attribute


class EventType(TenantModel):
    name = models.CharField(_("Name"), max_length=100)
    meaning = models.TextField(_("What it means"), blank=True)
    category = models.CharField(_("How sensitive"), max_length=9, choices=Attribute.Category, default=Attribute.Category.ORDINARY)
    kept_days = models.PositiveIntegerField(_("Kept for (days)"), null=True, blank=True)
    # Keys of the purposes it may be used for; none: it is kept and used for nothing but the customer's own page.
    purposes = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True, verbose_name=_("Used for"))
    # [{"key", "type" (an Attribute.Type or "products"), "meaning"}, …]; other properties are kept as they come.
    properties = models.JSONField(default=list, blank=True)
    # Which property is the amount of the event (money), stored in minor units in Event.amount. "" = none.
    amount_key = models.CharField(_("Its amount"), max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("the catalogue")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_event_type_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:event_type", args=[tenancy.current().slug, self.public_id])

"""The register of data breaches: what happened, from when the clock of 72 hours runs, and whom was told (Art. 33, 34 GDPR)."""

from datetime import datetime, timedelta

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user

IN_TIME = timedelta(hours=72)


class Breach(TenantModel):
    """Every one is kept, also those that nobody need be told of (Art. 33(5))."""

    title = models.CharField(_("What happened, in a few words"), max_length=120)
    aware_at = models.DateTimeField(_("When you knew"))
    began_at = models.DateTimeField(_("When it began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("When it ended"), null=True, blank=True)
    nature = models.TextField(_("What happened"))
    # Art. 33(3)(a): as far as it is known; figures may follow later.
    categories = models.TextField(_("Which data, of whom"))
    customers_about = models.PositiveIntegerField(_("Customers, about"), null=True, blank=True)
    records_about = models.PositiveIntegerField(_("Records, about"), null=True, blank=True)
    consequences = models.TextField(_("What it can lead to"))
    measures = models.TextField(_("What you did and will do"))
    reached_at = models.CharField(_("Who can be asked, and how"), max_length=200)
    is_risk = models.BooleanField(_("A risk to customers: the authority must be told"), default=True)
    is_high_risk = models.BooleanField(_("A high risk: the customers must be told as well"), default=False)
    authority_told_at = models.DateTimeField(_("Authority told"), null=True, blank=True)
    customers_told_at = models.DateTimeField(_("Customers told"), null=True, blank=True)
    late_reason = models.TextField(_("Why later than 72 hours, or why nobody was told"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("what happened, without names")

    class Meta:
        verbose_name = _("data breach")
        verbose_name_plural = _("data breaches")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("consent:breach_change", args=[tenancy.current().slug, self.public_id])

    @property
    def due_at(self) -> datetime:
        """72 hours after you knew (Art. 33(1))."""
        return self.aware_at + IN_TIME

    @property
    def waits(self) -> bool:
        """Somebody must be told still."""
        return (self.is_risk and not self.authority_told_at) or (self.is_high_risk and not self.customers_told_at)

"""Addresses that are not written to, by keyed hash: it tells nobody who they are, and outlives the customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user
from consent.models.channel import Channel


class SuppressionQuerySet(TenantQuerySet):
    def standing(self) -> "SuppressionQuerySet":
        return self.filter(lifted_at=None)


class Suppression(TenantModel):
    class Kind(models.TextChoices):
        BOUNCE = "bounce", _("Bounced")
        COMPLAINT = "complaint", _("Complained of spam")
        OBJECTION = "objection", _("Objected")
        ERASED = "erased", _("Erased")
        MANUAL = "manual", _("Blocked by a colleague")
        DOMAIN = "domain", _("Whole domain")

    digest = models.BinaryField()  # see consent/suppressions.py
    channel = models.CharField(_("Channel"), max_length=5, choices=Channel)  # ALL: whatever the channel
    kind = models.CharField(_("Why"), max_length=9, choices=Kind)
    domain = models.CharField(_("Domain"), max_length=253, blank=True)  # readable for kind "domain" only: it is nobody's data
    note = models.CharField(_("Note"), max_length=200, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = of_user(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = of_user(null=True)

    objects = TenantManager.of(SuppressionQuerySet)
    holds = holding.kept("a keyed hash of an address", "keeps it from being written to (Art. 21(3))")

    class Meta:
        verbose_name = _("blocked address")
        verbose_name_plural = _("blocked addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "digest", "channel", "kind"], condition=models.Q(lifted_at=None), name="one_standing_suppression"
            ),
        ]

    def __str__(self) -> str:
        return self.domain or bytes(self.digest).hex()[:12]


class Pepper(TenantModel):
    """The tenant's secret in the hash, sealed with the vault."""

    sealed = models.TextField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("a secret of the organisation")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_pepper")]

    def __str__(self) -> str:
        return "pepper"

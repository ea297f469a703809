"""What a source has handed in and the drain has not yet taken out, and what could not be taken in."""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class InboxBatch(TenantModel):
    """The body of one request as it came, committed before it was answered with 200. Removed in the transaction that stores its items."""

    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")
    body = models.BinaryField()  # JSON, decompressed: {"batch": [item, …], "sentAt": …}
    received_at = models.DateTimeField()
    items = models.PositiveIntegerField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("waits for seconds; whoever was erased is dropped when it is read")

    def __str__(self) -> str:
        return f"{self.source_id} · {self.items}"


def digest_of(raw: bytes) -> UUID:
    """What tells one item from another: 128 bits of its text as it came."""
    return UUID(bytes=blake2b(raw, digest_size=16).digest())


class QuarantinedItemQuerySet(TenantQuerySet):
    def keep(self, items: "Iterable[QuarantinedItem]") -> None:
        """An item that is handed in again, as libraries do when no answer came, is kept once."""
        self.bulk_create(items, batch_size=1_000, ignore_conflicts=True)

    def waiting(self) -> "QuarantinedItemQuerySet":
        return self.filter(closed_at=None)


class QuarantinedItem(TenantModel):
    """An item that was accepted and is not usable, with the reason; to be corrected and replayed, or thrown away."""

    class Outcome(models.TextChoices):
        REPLAYED = "replayed", _("Corrected and taken in")
        DISCARDED = "discarded", _("Thrown away")

    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")
    item = models.TextField()  # the JSON text as it came
    digest = models.UUIDField(editable=False)
    reason = models.CharField(_("Reason"), max_length=300)  # English, with the place; shown translated where it is a known one
    received_at = models.DateTimeField(_("Received"))
    closed_at = models.DateTimeField(null=True)
    closed_by = of_user(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)

    objects = TenantManager.of(QuarantinedItemQuerySet)
    holds = holding.in_text("what a source sent and nobody could read", "item")

    class Meta:
        verbose_name = _("quarantined item")
        verbose_name_plural = _("quarantine")
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "digest"], name="once_in_quarantine")]
        indexes = [models.Index(fields=["tenant", "source", "-id"], name="quarantine_waiting", condition=models.Q(closed_at=None))]

    def __str__(self) -> str:
        return self.reason

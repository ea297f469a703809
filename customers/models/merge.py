"""That two rows are one customer, why, and whether that was undone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class MergeQuerySet(TenantQuerySet):
    def standing(self) -> "MergeQuerySet":
        return self.filter(undone_at=None)


class Merge(TenantModel):
    class Reason(models.TextChoices):
        SAME_SIGHTING = "same_sighting", _("One message named both")
        ALIAS = "alias", _("A source said that they are one")
        COLLEAGUE = "colleague", _("A colleague put them together")

    merged = TenantForeignKey("customers.Customer", models.CASCADE, related_name="merges_into")
    into = TenantForeignKey("customers.Customer", models.CASCADE, related_name="merges_from")
    reason = models.CharField(_("Why"), max_length=13, choices=Reason)
    # The identifiers that were named together: [{"kind", "space", "value"}, …], as they stood in the message.
    evidence = models.JSONField(default=list)
    source = TenantForeignKey("customers.Source", models.PROTECT, null=True, related_name="+")
    by = of_user(null=True)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = of_user(null=True)

    objects = TenantManager.of(MergeQuerySet)
    holds = holding.of_customer("records that were put together", "merged_id", "into_id")

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "merged"], condition=models.Q(undone_at=None), name="merged_once_at_a_time"),
        ]
        indexes = [models.Index(fields=["tenant", "into"], name="merge_by_into")]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.into_id}"

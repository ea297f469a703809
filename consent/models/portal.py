"""Seeing one's own data: a code that was sent to the address on file. Acting (no, stop) needs the link of a message only."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class ViewCode(TenantModel):
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    digest = models.BinaryField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("that a code was sent", is_exported=False)

    class Meta:
        indexes = [models.Index(fields=["tenant", "customer", "-sent_at"], name="view_code_by_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.sent_at:%Y-%m-%d}"

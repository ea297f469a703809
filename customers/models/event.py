"""What a customer did, once per source and message id."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class EventQuerySet(TenantQuerySet):
    def of_customer(self, customer_id: int) -> "EventQuerySet":
        return self.filter(customer_id=customer_id)


class Event(TenantModel):
    """`customer` is who it is of now; `origin_id` the row it came in for, to which an unmerge gives it back."""

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="events")
    origin_id = models.BigIntegerField()
    type = TenantForeignKey("customers.EventType", models.PROTECT, related_name="+")
    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    message_id = models.UUIDField()
    amount = models.BigIntegerField(null=True)  # minor units of `currency`
    currency = models.CharField(max_length=3, blank=True)
    properties = models.JSONField(default=dict)

    objects = TenantManager.of(EventQuerySet)
    holds = holding.of_customer("what they did", "customer_id", "origin_id")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "message_id"], name="one_event_a_message")]
        indexes = [
            models.Index(fields=["tenant", "customer", "-occurred_at", "-id"], name="event_by_customer"),
            models.Index(fields=["tenant", "type", "occurred_at"], include=["customer", "amount", "currency"], name="event_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type_id} · {self.occurred_at:%Y-%m-%d}"

"""What the gate answered, yes and no: for whom, for what, when, why, and by which event of the log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet
from consent.models.channel import Channel


class Reason(models.IntegerChoices):
    """In the order in which the gate looks (privacy.md PL3): the first that holds is the answer."""

    ALLOWED = 0, _("Allowed")
    RESTRICTED = 10, _("Restricted: kept, not used")
    ERASED = 20, _("Erased before")
    SUPPRESSED = 21, _("Blocked address")
    OBJECTED = 30, _("Objected")
    COMPLAINED = 31, _("Complained of spam")
    WITHDRAWN = 40, _("Withdrawn")
    REFUSED = 41, _("Refused")
    EXPIRED = 42, _("Expired")
    ENDED = 43, _("Ended or declared invalid by us")
    OUTDATED = 44, _("Said yes to an older version")
    BOUNCED = 50, _("Bounced")
    UNREACHABLE = 51, _("No address for this channel")
    NO_BASIS = 60, _("Never said yes")
    UNCONFIRMED = 61, _("Not confirmed yet")
    UNNOTIFIED = 62, _("Not told yet where we have it from")
    NOT_OFFERED = 63, _("The purpose does not exist or not for this channel")
    PAUSED = 70, _("Paused")


class Decision(TenantModel):
    """`customer_id` is a plain number that leads nowhere once the customer is erased."""

    customer_id = models.BigIntegerField()
    purpose = TenantForeignKey("consent.Purpose", models.PROTECT, related_name="+")
    channel = models.CharField(max_length=5, choices=Channel)
    reason = models.SmallIntegerField(choices=Reason)
    version = models.PositiveIntegerField()  # of the purpose, in force then
    event_id = models.UUIDField(null=True)  # of the log: the consent that allowed it, or the no that refused it
    asked_by = models.CharField(max_length=60)  # such as "campaign:12": who asked
    at = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("that we asked whether we may, and the answer", "a number that leads nowhere any more (Art. 5(2))")
    is_append_only = True

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["tenant", "customer_id", "-id"], name="decision_by_customer"),
            models.Index(fields=["tenant", "reason", "-id"], name="decision_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.reason}"

"""What each customer allows now: the fold of the log, and what the gate joins. Rebuilt by `manage rebuild_consent_state`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet
from consent.models.channel import Channel


class State(models.TextChoices):
    """The states of ISO/IEC TS 27560 with their DPV 2.3 terms; only given and renewed allow anything (DPV27560 8.5.2)."""

    UNKNOWN = "unknown", _("Unknown")
    REQUESTED = "requested", _("Asked, not confirmed")
    DEFERRED = "deferred", _("Put off")
    REFUSED = "refused", _("Refused")
    GIVEN = "given", _("Given")
    RENEWED = "renewed", _("Renewed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    OBJECTED = "objected", _("Objected")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Ended by us")
    INVALIDATED = "invalidated", _("Declared invalid")


ALLOWING = (State.GIVEN, State.RENEWED)
# What says no by the customer's own word: only newer evidence made by a person turns it (CC7).
REFUSING = (State.REFUSED, State.WITHDRAWN, State.OBJECTED)


class ConsentState(TenantModel):
    """For one row of a customer (not its root): after a merge the most restrictive wins, and an unmerge gives each its own back."""

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    purpose = TenantForeignKey("consent.Purpose", models.CASCADE, related_name="+")
    channel = models.CharField(max_length=5, choices=Channel)
    state = models.CharField(max_length=11, choices=State)
    basis = models.CharField(max_length=11, default="consent")  # consent or soft_opt_in
    version = models.PositiveIntegerField()  # number of the PurposeVersion that was shown
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    event_id = models.UUIDField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("what they allow")

    class Meta:
        verbose_name = _("consent")
        constraints = [models.UniqueConstraint(fields=["tenant", "customer", "purpose", "channel"], name="one_state_a_choice")]
        indexes = [
            models.Index(
                fields=["tenant", "purpose", "channel", "customer"], include=["state", "until", "version"], name="state_by_purpose"
            ),
            models.Index(fields=["tenant", "until"], name="state_by_end", condition=models.Q(state__in=["given", "renewed"])),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.purpose_id} · {self.channel} · {self.state}"


class Hold(TenantModel):
    """What stops all use of a customer, or all marketing, whatever they allowed (Art. 18, 21(2) GDPR), or for a while (PP6)."""

    class Kind(models.TextChoices):
        RESTRICTED = "restricted", _("Restricted: kept, not used")
        OBJECTED = "objected", _("Objects to all marketing")
        PAUSED = "paused", _("Paused")
        UNNOTIFIED = "unnotified", _("Not told yet where we have it from")  # Art. 14(3): bought or rented data

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    event_id = models.UUIDField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("what stops all use")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "customer", "kind"], name="one_hold_a_kind")]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.kind}"


class Frequency(TenantModel):
    """At most so many marketing messages in a week or a month, by the customer's own choice."""

    class Per(models.TextChoices):
        WEEK = "week", _("a week")
        MONTH = "month", _("a month")

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    most = models.PositiveSmallIntegerField()
    per = models.CharField(max_length=5, choices=Per)
    since = models.DateTimeField()
    event_id = models.UUIDField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("how much they want to get")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "customer"], name="one_frequency_a_customer")]

    def __str__(self) -> str:
        return f"{self.most} {self.per}"

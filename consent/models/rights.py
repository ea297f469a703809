"""What customers ask under Art. 15 to 22 GDPR: one intake, one clock, an answer with reasons."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class RightsRequest(TenantModel):
    class Kind(models.TextChoices):
        ACCESS = "access", _("See and take everything")
        RECTIFY = "rectify", _("Correct something")
        RESTRICT = "restrict", _("Keep it, but do not use it")
        OBJECT = "object", _("Object to a use")
        ERASE = "erase", _("Delete everything")

    class Intake(models.TextChoices):
        PORTAL = "portal", _("Portal")
        MAIL = "mail", _("E-mail")
        API = "api", _("API")
        STAFF = "staff", _("Told a colleague")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        DROPPED = "dropped", _("Taken back by the customer")

    number = models.CharField(max_length=12)  # 2026-041: the year it came in and a place in it
    # A plain column: an erasure takes the customer away and leaves the request, without a name.
    customer_id = models.BigIntegerField(null=True)
    subject_ref = models.UUIDField(null=True)
    kind = models.CharField(_("Request"), max_length=8, choices=Kind)
    intake = models.CharField(_("Came by"), max_length=6, choices=Intake)
    status = models.CharField(_("State"), max_length=8, choices=Status, default=Status.OPEN)
    # What exactly: {"attribute", "value", "purpose", "text"}; emptied by an erasure.
    detail = models.JSONField(default=dict)
    received_at = models.DateTimeField(_("Received"))
    due_on = models.DateField(_("Answer by"))
    extended_at = models.DateTimeField(null=True)
    extended_reason = models.TextField(blank=True)
    identity_proven_at = models.DateTimeField(null=True)  # control of the address; never a copy of an identity card (DS2)
    decided_at = models.DateTimeField(null=True)
    decided_by = of_user(null=True)
    reason = models.TextField(blank=True)  # of a refusal (Art. 12(4))
    outcome = models.JSONField(default=dict)  # the certificate of an erasure; counts of a package

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("that something was asked, and when it was answered", "without what and who: proof of an answer (Art. 5(2))")

    class Meta:
        verbose_name = _("rights request")
        verbose_name_plural = _("rights requests")
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="one_rights_request_a_number")]
        indexes = [
            models.Index(fields=["tenant", "status", "due_on"], name="rights_request_by_due"),
            models.Index(fields=["tenant", "customer_id"], name="rights_request_by_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("consent:rights_request", args=[tenancy.current().slug, self.public_id])


class AccessPackage(TenantModel):
    """Everything held about one customer, as files under FILES_DIR; the link expires and every download is counted."""

    request = TenantForeignKey(RightsRequest, models.CASCADE, related_name="packages")
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    file = models.CharField(max_length=200, blank=True)  # under FILES_DIR; "" while it is being made, or after it has gone
    items = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("a copy of everything", is_exported=False)

    def __str__(self) -> str:
        return f"package of {self.request_id}"


class Erasure(TenantModel):
    """That a customer was erased: nothing of who. Also written to a journal outside the database, which is replayed after a restore."""

    subject_ref = models.UUIDField()
    customer_id = models.BigIntegerField()  # leads nowhere any more
    at = models.DateTimeField()
    counts = models.JSONField(default=dict)  # table -> rows

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("that somebody was erased", "a number that leads nowhere any more (Art. 5(2))")
    is_append_only = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "subject_ref"], name="one_erasure_a_subject")]

    def __str__(self) -> str:
        return str(self.subject_ref)

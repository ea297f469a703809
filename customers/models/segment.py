"""Which customers match: a rule in versions or an uploaded list, who is in it now, and who joined and left when."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class SegmentQuerySet(TenantQuerySet):
    def in_use(self) -> "SegmentQuerySet":
        return self.filter(archived_at=None)

    def by_rule(self) -> "SegmentQuerySet":
        return self.filter(kind=Segment.Kind.RULE)


class Segment(TenantModel):
    class Kind(models.TextChoices):
        RULE = "rule", _("By rules")
        LIST = "list", _("An uploaded list")

    name = models.CharField(_("Name"), max_length=80)
    # Key of the purpose it is made for: who does not allow that is not in it. "": an overview, with which nobody is reached.
    purpose = models.CharField(_("Used for"), max_length=40, blank=True, default="", db_default="")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.RULE)
    version = models.PositiveIntegerField(default=0, editable=False)  # the newest SegmentVersion.number; 0 = none yet
    size = models.PositiveBigIntegerField(default=0, editable=False)  # members at the last refresh
    refreshed_at = models.DateTimeField(null=True, editable=False)
    refresh_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager.of(SegmentQuerySet)
    holds = holding.nobody("rules")

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], condition=models.Q(archived_at=None), name="one_segment_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:segment", args=[tenancy.current().slug, self.public_id])


class SegmentVersion(TenantModel):
    """A rule as it was saved: never changed, so that "why was I in it then?" has an answer."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rule = models.JSONField()
    says = models.JSONField(default=dict)  # language -> the rule as a sentence
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("rules")
    is_append_only = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "segment", "number"], name="one_segment_version_a_number")]

    def __str__(self) -> str:
        return f"{self.segment_id} · {self.number}"


class SegmentMember(TenantModel):
    segment = TenantForeignKey(Segment, models.CASCADE, related_name="members")
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    since = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("which segments they are in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "segment", "customer"], name="once_in_a_segment")]
        indexes = [models.Index(fields=["tenant", "customer"], name="segment_member_by_customer")]

    def __str__(self) -> str:
        return f"{self.segment_id} · {self.customer_id}"


class SegmentChange(TenantModel):
    """That a customer joined or left, when, and under which version of the rule."""

    segment = TenantForeignKey(Segment, models.CASCADE, related_name="+")
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    has_joined = models.BooleanField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("when they joined and left segments")

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "customer", "-at"], name="segment_change_by_customer"),
            models.Index(fields=["tenant", "segment", "-at"], name="segment_change_by_segment"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} · {self.customer_id} · {'+' if self.has_joined else '−'}"

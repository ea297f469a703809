"""How long what is kept, beside the terms that attributes, events and purposes carry themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class RetentionRule(TenantModel):
    class About(models.TextChoices):
        EVENTS = "events", _("What customers did")
        TRACKING = "tracking", _("What customers opened, clicked and visited")
        INACTIVE = "inactive", _("Customers who did nothing")
        QUARANTINE = "quarantine", _("Items that could not be taken in")
        EVIDENCE_IP = "evidence_ip", _("IP addresses in the consent log")
        EVIDENCE = "evidence", _("Proof of consent of customers who are gone")
        DECISIONS = "decisions", _("Decisions of the gate")
        PACKAGES = "packages", _("Access packages")

    about = models.CharField(_("What"), max_length=11, choices=About)
    key = models.CharField(max_length=100, blank=True)  # which event, for rules about one
    days = models.PositiveIntegerField(_("Kept for (days)"), null=True)  # null: for ever, which needs a reason (RT1)
    reason = models.TextField(_("Why that long"), blank=True)
    last_run_at = models.DateTimeField(null=True, editable=False)
    last_count = models.PositiveBigIntegerField(default=0, editable=False)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("rules")

    class Meta:
        verbose_name = _("retention rule")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "about", "key"], name="one_retention_rule_a_thing"),
            models.CheckConstraint(condition=models.Q(days__isnull=False) | ~models.Q(reason=""), name="for_ever_needs_a_reason"),
        ]

    def __str__(self) -> str:
        return self.get_about_display()

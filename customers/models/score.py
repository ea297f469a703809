"""What is computed of a customer each night from purchases, and by which thresholds."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class Lifecycle(models.TextChoices):
    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    AT_RISK = "at_risk", _("At risk")
    LAPSED = "lapsed", _("Lapsed")


class Score(TenantModel):
    """Bands go from 1 (lowest fifth) to 5 (highest): 5 for recency means bought most recently."""

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField()
    spent = models.BigIntegerField()  # minor units of `currency`
    currency = models.CharField(max_length=3)
    first_order_at = models.DateTimeField()
    last_order_at = models.DateTimeField()
    recency = models.PositiveSmallIntegerField()
    frequency = models.PositiveSmallIntegerField()
    money = models.PositiveSmallIntegerField()
    lifecycle = models.CharField(max_length=7, choices=Lifecycle)
    computed_at = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("what was worked out about them")

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [models.UniqueConstraint(fields=["tenant", "customer"], name="one_score_a_customer")]

    def __str__(self) -> str:
        return f"{self.recency}{self.frequency}{self.money}"


class LifecycleRule(TenantModel):
    """The thresholds of a tenant, in days since the last order; new = first order within `new_days`."""

    new_days = models.PositiveSmallIntegerField(_("New: first order within (days)"), default=30)
    active_days = models.PositiveSmallIntegerField(_("Active: last order within (days)"), default=180)
    at_risk_days = models.PositiveSmallIntegerField(_("At risk: last order within (days)"), default=365)
    order_event = models.CharField(_("Counts as an order"), max_length=100, default="Order Completed")
    # Key of the purpose that scores serve: who does not allow it gets none. "": an overview for the organisation itself.
    purpose = models.CharField(_("Used for"), max_length=40, blank=True, default="", db_default="")

    holds = holding.nobody("thresholds")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_lifecycle_rule_a_tenant")]

    def __str__(self) -> str:
        return f"{self.new_days}/{self.active_days}/{self.at_risk_days}"

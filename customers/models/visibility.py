"""For which purposes a customer may be seen. Written by the consent room, joined by segments and scores; deny by default."""

from django.db import models
from django.utils import translation

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class PurposeDefault(TenantModel):
    """A purpose that is in force. Without this row nobody is visible for it."""

    purpose = models.CharField(max_length=40)  # its key
    titles = models.JSONField(default=dict)  # language -> what customers and colleagues call it
    # Its text says that earlier visits of a device are joined to who is known by then (TR9).
    joins_visits = models.BooleanField(default=False, db_default=False)
    shows_everybody = models.BooleanField()  # until they object; otherwise nobody until they say yes

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("purposes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "purpose"], name="one_default_a_purpose")]

    def __str__(self) -> str:
        return self.purpose

    @property
    def title(self) -> str:
        return self.titles.get(translation.get_language() or "") or next(iter(self.titles.values()), self.purpose)


class Visibility(TenantModel):
    """Of one row of a customer: after a merge all of them must be visible, and an unmerge gives each its own back."""

    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=40)
    is_visible = models.BooleanField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("for which purposes they may be seen")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "purpose", "customer"], include=["is_visible"], name="visible_once_for_a_purpose")
        ]
        indexes = [models.Index(fields=["tenant", "customer"], name="visibility_by_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.purpose} · {self.is_visible}"

"""What a customer is known by: a kind and a normalised value, once in a tenant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class Identifier(TenantModel):
    class Kind(models.TextChoices):
        EXTERNAL = "external", _("Customer number")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        ANONYMOUS = "anonymous", _("Device")

    # The row it was first told of: after a merge that row's root stands for it.
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=9, choices=Kind)
    space = models.BigIntegerField(default=0)  # of which source's numbers an external id is one; 0 for the other kinds
    value = models.CharField(max_length=254)
    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    # A device that was used by two people: from then on it says nothing of who somebody is.
    shared_at = models.DateTimeField(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("what they are known by")

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "value", "space"], name="one_customer_an_identifier")]
        indexes = [models.Index(fields=["tenant", "customer"], name="identifier_by_customer")]

    def __str__(self) -> str:
        return self.value

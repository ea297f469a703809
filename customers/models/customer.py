"""One record of each customer: the values that won. What each source said stands in `SourceRecord`."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class CustomerQuerySet(TenantQuerySet):
    def present(self) -> "CustomerQuerySet":
        """Those that stand on their own: not merged into another."""
        return self.filter(merged_into=None)


class Customer(TenantModel):
    """A row is never moved or removed by a merge: `merged_into` points at its parent, and `root` at the row that stands for all.

    So a merge can be undone by cutting one link, and everything a source said stays with the row it was said of.
    """

    # The parent in the forest of merges, and the top of its tree. Both empty for a row that stands on its own.
    merged_into = TenantForeignKey("self", null=True, editable=False, related_name="+")
    root_id = models.BigIntegerField(null=True, editable=False)
    # key of an attribute -> the value that won (see customers/portrait.py for its JSON form).
    attributes = models.JSONField(default=dict, editable=False)
    email = models.CharField(_("E-mail"), max_length=254, blank=True, editable=False)
    name = models.CharField(_("Name"), max_length=200, blank=True, editable=False)
    # Lower-cased for search by prefix: "noor de vries" and "de vries".
    name_key = models.CharField(max_length=200, blank=True, editable=False, db_collation="C")
    family_key = models.CharField(max_length=100, blank=True, editable=False, db_collation="C")
    is_identified = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    objects = TenantManager.of(CustomerQuerySet)
    holds = holding.of_customer("who it is", "id")

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None, root_id=None) | models.Q(merged_into__isnull=False, root_id__isnull=False),
                name="customer_has_a_root_when_merged",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name_key", "id"], name="customer_by_name"),
            models.Index(fields=["tenant", "family_key", "id"], name="customer_by_family_name", condition=~models.Q(family_key="")),
            models.Index(fields=["tenant", "root_id"], name="customer_by_root", condition=models.Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(_("Customer %(id)s")) % {"id": self.public_id}

    @property
    def audit_name(self) -> str:
        """The log keeps no name of who may be erased."""
        return str(_("Customer %(id)s")) % {"id": self.public_id}

    @property
    def root(self) -> int:
        """The id of the row that stands for this one."""
        return self.root_id or self.pk

    def get_absolute_url(self) -> str:
        return reverse("customers:customer", args=[tenancy.current().slug, self.public_id])

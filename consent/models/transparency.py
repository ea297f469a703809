"""The public page of a tenant as it was published: generated, immutable, with its hash in the log (TP2)."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user


class TransparencyVersion(TenantModel):
    number = models.PositiveIntegerField()
    content = models.JSONField()  # what the page is drawn from, in every language
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = of_user(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("public pages")
    is_append_only = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="one_transparency_version_a_number")]

    def __str__(self) -> str:
        return f"version {self.number}"

"""What somebody was shown when they chose: the exact text, once for each content. Evidence pins it by its hash (EDPB 05/2020 §108)."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class Notice(TenantModel):
    purpose_version = TenantForeignKey("consent.PurposeVersion", models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)  # of the UTF-8 bytes of `text`
    at = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("texts that were shown")
    is_append_only = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "purpose_version", "language", "sha256"], name="one_notice_a_text")]

    def __str__(self) -> str:
        return self.sha256[:12]

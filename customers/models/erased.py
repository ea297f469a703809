"""What somebody was known by who was erased: a keyed hash, so that no source brings them back. It tells nobody what it was."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class ErasedIdentifier(TenantModel):
    digest = models.BinaryField()  # see customers/erased.py

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("a keyed hash of what somebody was known by", "keeps them from coming back by a source (Art. 17, 21)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="erased_once")]

    def __str__(self) -> str:
        return bytes(self.digest).hex()[:12]

"""One look through the whole log: how far it is, and what was found (BA5)."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user

SILENT = timedelta(minutes=5)  # after which the worker that had it is taken for gone


class LedgerCheck(TenantModel):
    asked_at = models.DateTimeField(auto_now_add=True)
    asked_by = of_user(null=True)  # nothing: the daily one
    beat_at = models.DateTimeField(null=True)  # of the worker that is at it
    finished_at = models.DateTimeField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    locked = models.BigIntegerField(default=0)  # events whose evidence no SECRET_KEY opens
    found = models.IntegerField(default=0)
    findings = models.JSONField(default=list)  # the first of them: [{"code", "where", "what"}, …]

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("results")

    class Meta:
        verbose_name = _("check of the consent log")
        constraints = [models.UniqueConstraint(fields=["tenant"], condition=models.Q(finished_at=None), name="one_ledger_check_at_a_time")]

    def __str__(self) -> str:
        return f"check of {self.asked_at:%Y-%m-%d}"

    @property
    def is_whole(self) -> bool:
        return self.finished_at is not None and self.found == 0

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_free(self) -> bool:
        """No worker is at it, or the one that was is gone."""
        return self.beat_at is None or self.beat_at < timezone.now() - SILENT

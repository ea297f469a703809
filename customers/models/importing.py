"""One file that was handed in: how it is read, how far it is, what it did."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class ImportQuerySet(TenantQuerySet):
    def due(self) -> "ImportQuerySet":
        return self.filter(status__in=(Import.Status.WAITING, Import.Status.RUNNING))


class Import(TenantModel):
    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        EVENTS = "events", _("Purchases and other events")
        LIST = "list", _("A list for a segment")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not started")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=9, choices=Kind)
    event_type = models.CharField(max_length=100, blank=True)
    segment = TenantForeignKey("customers.Segment", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("File"), max_length=200)
    path = models.CharField(max_length=300)  # in the storage of files, or an absolute path for the command
    size = models.PositiveBigIntegerField(default=0)  # bytes
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the file
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    mapping = models.JSONField(default=dict)  # target -> header of the column
    options = models.JSONField(default=dict)  # "currency": of amounts; "month_first": targets whose dates are written month first
    is_dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    message = models.CharField(max_length=300, blank=True)  # why it failed
    # How far: after this row (the header is row 1) and this byte everything up to here is committed.
    row = models.PositiveBigIntegerField(default=1)
    offset = models.PositiveBigIntegerField(default=0)
    new = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    bad = models.PositiveBigIntegerField(default=0)
    cancel_asked_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # the last sign of life of who works on it
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantManager.of(ImportQuerySet)
    holds = holding.nobody("counts; its file goes when it is over and somebody is erased")

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:import_detail", args=[tenancy.current().slug, self.public_id])

    @property
    def rows(self) -> int:
        """Rows that were looked at and hold something; the header is none of them."""
        return self.new + self.changed + self.unchanged + self.bad

    @property
    def is_due(self) -> bool:
        return self.status in (Import.Status.WAITING, Import.Status.RUNNING)

    @property
    def is_over(self) -> bool:
        return self.status in (Import.Status.DONE, Import.Status.CANCELLED, Import.Status.FAILED)

    def ask_to_cancel(self) -> None:
        """Who works on it stops after the chunk that it is at. What is in stays in."""
        Import.objects.due().filter(pk=self.pk).update(cancel_asked_at=timezone.now())

    def wait_again(self, *, is_dry_run: bool, from_start: bool) -> None:
        """Puts it up for the next worker: from its first row, or from where it stopped."""
        if from_start:
            self.row, self.offset, self.started_at = 1, 0, None
            self.new = self.changed = self.unchanged = self.bad = 0
            self.bad_rows.all().delete()
        self.is_dry_run, self.status, self.message = is_dry_run, Import.Status.WAITING, ""
        self.cancel_asked_at = self.beat_at = self.finished_at = None
        self.save()


class BadRow(TenantModel):
    """A row of a file that was not taken in, and why."""

    of = TenantForeignKey(Import, models.CASCADE, related_name="bad_rows")
    row = models.PositiveBigIntegerField()  # as a spreadsheet counts: the header is row 1
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)

    holds = holding.in_text("a cell of a file that could not be read", "value")

    class Meta:
        indexes = [models.Index(fields=["tenant", "of", "row"], name="bad_row_by_import")]

    def __str__(self) -> str:
        return f"{self.row}: {self.reason}"

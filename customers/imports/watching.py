"""An import in, what a colleague wants to see of it out: how far, how fast, how long still, and the first rows that were not taken in."""

from dataclasses import dataclass

from django.utils import timezone

from customers.models import BadRow, Import

SHOWN = 10


@dataclass(frozen=True)
class Watched:
    """`rows_in_all` and `seconds_left` are estimates by bytes while it runs; None where nothing can be said yet."""

    percent: int
    rows_in_all: int | None
    pace: int | None  # rows a second
    seconds_left: int | None
    bad_rows: list[BadRow]
    bad_percent: float


def watch(run: Import) -> Watched:
    percent = 100 if run.status == Import.Status.DONE else 100 * run.offset // max(run.size, 1)
    pace, left = _pace(run)
    bad_rows = list(BadRow.objects.filter(of=run).order_by("row", "pk")[:SHOWN]) if run.bad else []
    return Watched(percent, _rows_in_all(run), pace, left, bad_rows, 100 * run.bad / max(run.rows, 1))


def _rows_in_all(run: Import) -> int | None:
    if run.status == Import.Status.DONE:
        return run.rows
    return round(run.rows * run.size / run.offset) if run.offset and run.rows else None


def _pace(run: Import) -> tuple[int | None, int | None]:
    until = run.finished_at or run.beat_at or timezone.now()
    seconds = (until - run.started_at).total_seconds() if run.started_at else 0
    if not run.offset or seconds <= 0.05:
        return None, None
    return round(run.rows / seconds), round(seconds / run.offset * (run.size - run.offset))

"""Sources in, how they fare out: what came in a day, what was refused, when it was last, what waits in quarantine. Leaves no row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, F, Max, Sum
from django.utils import timezone

from customers.models import QuarantinedItem, Source, SourceDay

DAYS = 30
BAR = 60  # the highest bar of the chart, in its own units
QUIET = timedelta(days=2)


@dataclass(frozen=True)
class Health:
    source: Source
    accepted: int
    duplicates: int
    rejected: int
    last_at: datetime | None
    waiting: int

    @property
    def a_day(self) -> int:
        return round(self.accepted / DAYS)

    @property
    def state(self) -> str:
        """One of closed, new, quiet, refusing, works: what a colleague should know first."""
        if not self.source.is_open:
            return "closed"
        if self.last_at is None:
            return "new"
        if self.rejected > self.accepted / 20:
            return "refusing"
        return "quiet" if self.last_at < timezone.now() - QUIET else "works"


@dataclass(frozen=True)
class Day:
    """A day (UTC), and its bar: heights and places are in the units of the chart."""

    on: date
    accepted: int
    rejected: int
    duplicates: int
    place: int
    height: int
    rejected_height: int

    @property
    def top(self) -> int:
        return BAR - self.height

    @property
    def rejected_top(self) -> int:
        return BAR - self.height - self.rejected_height


def of_sources(sources: Sequence[Source]) -> list[Health]:
    """Over the last 30 days, in three statements whatever the number of sources."""
    ids = [source.pk for source in sources]
    recent = SourceDay.objects.filter(source_id__in=ids, on__gt=_first_day())
    sums = {row["source_id"]: row for row in recent.values("source_id").annotate(a=Sum("accepted"), d=Sum("duplicates"), r=Sum("rejected"))}
    last = dict(SourceDay.objects.filter(source_id__in=ids).values_list("source_id").annotate(Max("last_at")))
    waiting = dict(QuarantinedItem.objects.waiting().filter(source_id__in=ids).values_list("source_id").annotate(Count("pk")))
    none = {"a": 0, "d": 0, "r": 0}
    return [
        Health(source, (row := sums.get(source.pk, none))["a"], row["d"], row["r"], last.get(source.pk), waiting.get(source.pk, 0))
        for source in sources
    ]


def days(source: Source) -> list[Day]:
    """The last 30 days, oldest first, days without anything too."""
    first = _first_day() + timedelta(days=1)
    rows = {day.on: day for day in SourceDay.objects.filter(source=source, on__gte=first)}
    whole = [rows.get(on) or SourceDay(on=on) for on in (first + timedelta(days=number) for number in range(DAYS))]
    most = max(1, *(day.accepted + day.rejected for day in whole))
    return [_day(day, place, most) for place, day in enumerate(whole)]


def reasons(source: Source | None = None) -> list[tuple[str, int]]:
    """What waits in quarantine, by reason, most first."""
    rows = QuarantinedItem.objects.waiting()
    rows = rows.filter(source=source) if source else rows
    return list(rows.values_list("reason").annotate(times=Count("pk")).order_by("-times", F("reason"))[:50])


def _first_day() -> date:
    return timezone.now().astimezone(UTC).date() - timedelta(days=DAYS)


def _day(day: SourceDay, place: int, most: int) -> Day:
    return Day(day.on, day.accepted, day.rejected, day.duplicates, place * 10, _height(day.accepted, most), _height(day.rejected, most))


def _height(count: int, most: int) -> int:
    """At least one unit for what is not nothing."""
    return max(1, round(count / most * BAR)) if count else 0

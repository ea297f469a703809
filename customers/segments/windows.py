"""A window, a moment and a time zone in; the instants between which it lies out. Days are whole days of the tenant's calendar."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from customers.segments.rule import Window
from customers.segments.sql import Sql, join, sql

BLINK = timedelta(microseconds=1)


class Clock(NamedTuple):
    """The moment that a rule is asked for, and where its days begin."""

    at: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The first instant of a day, in UTC; where the clock jumps over midnight, the instant it jumps."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


class Span(NamedTuple):
    """From `start` (None: ever) up to, but without, `end`."""

    start: datetime | None
    end: datetime

    def condition(self, column: str) -> Sql:
        start = [sql(f"{column} >= %s", self.start)] if self.start else []
        return join(" AND ", [*start, sql(f"{column} < %s", self.end)])

    def around(self, other: "Span") -> "Span":
        start = None if self.start is None or other.start is None else min(self.start, other.start)
        return Span(start, max(self.end, other.end))


def span(window: Window, clock: Clock) -> Span:
    """Nothing after the moment that is asked for counts: so a rule can be asked what it said on a day in the past."""
    now, first, last = clock.at + BLINK, window.first, window.last
    spans = {
        "ever": lambda: Span(None, now),
        "last_days": lambda: Span(clock.midnight(clock.today - timedelta(days=window.number)), now),
        "last_hours": lambda: Span(clock.at - timedelta(hours=window.number), now),
        "between": lambda: Span(clock.midnight(first), clock.midnight(last + timedelta(days=1))),
        "before": lambda: Span(None, clock.midnight(first)),
        "after": lambda: Span(clock.midnight(first + timedelta(days=1)), now),
        "days_before": lambda: Span(clock.midnight(first - timedelta(days=window.number)), clock.midnight(first)),
    }
    start, end = spans[window.kind]()
    return Span(start, min(end, now))


def days(test: str, number: int, clock: Clock) -> tuple[date, date]:
    """The first and the last day of "in the last / next so many days"; today counts."""
    today, reach = clock.today, timedelta(days=number)
    return (today - reach, today) if test == "in_last_days" else (today, today + reach)


def anniversaries(number: int, clock: Clock) -> list[str]:
    """Month and day ("02-28") of today and the days after. In a common year 29 February is kept on the 28th."""
    coming = [clock.today + timedelta(days=ahead) for ahead in range(min(number, 366) + 1)]
    found = {f"{day:%m-%d}" for day in coming}
    if any((day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3 for day in coming):
        found.add("02-29")
    return sorted(found)

"""Days are those of the tenant's calendar: across a change of the clock, at midnights that do not exist, on 29 February."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Tenant
from customers.segments import counting, windows
from customers.segments.parsing import parse
from customers.segments.rule import Window
from customers.segments.vocabulary import Vocabulary
from customers.segments.windows import Clock
from tests.customers import segment_rows

BLINK = timedelta(microseconds=1)


def moment(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "window", "start", "end"),
    [
        ("Europe/Amsterdam", "2026-03-30T10:00", Window("last_days", 1), "2026-03-28T23:00", None),
        ("Europe/Amsterdam", "2026-03-30T10:00", Window("last_days", 0), "2026-03-29T22:00", None),
        ("Europe/Amsterdam", "2026-10-26T10:00", Window("last_days", 1), "2026-10-24T22:00", None),
        ("Europe/Amsterdam", "2026-03-29T23:30", Window("last_days", 1), "2026-03-28T23:00", None),
        ("Europe/Amsterdam", "2026-03-30T10:00", Window("last_hours", 48), "2026-03-28T10:00", None),
        ("America/Santiago", "2026-09-07T12:00", Window("last_days", 1), "2026-09-06T04:00", None),
        ("Pacific/Kiritimati", "2026-01-01T12:00", Window("last_days", 1), "2025-12-31T10:00", None),
        ("Europe/Amsterdam", "2026-06-01T00:00", Window("days_before", 90, date(2026, 5, 1)), "2026-01-30T23:00", "2026-04-30T22:00"),
        (
            "Europe/Amsterdam",
            "2026-06-01T00:00",
            Window("between", 0, date(2026, 3, 29), date(2026, 3, 29)),
            "2026-03-28T23:00",
            "2026-03-29T22:00",
        ),
        ("Europe/Amsterdam", "2026-06-01T00:00", Window("after", 0, date(2026, 3, 28)), "2026-03-28T23:00", None),
    ],
)
def test_a_window_lies_between_midnights_of_the_organisation(zone, at, window, start, end):
    found = windows.span(window, Clock(moment(at), ZoneInfo(zone)))
    assert found.start == moment(start)
    assert found.end == (moment(end) if end else moment(at) + BLINK)


def test_nothing_after_the_moment_that_is_asked_for_counts():
    found = windows.span(Window("between", 0, date(2026, 1, 1), date(2026, 12, 31)), Clock(moment("2026-06-01T00:00"), ZoneInfo("UTC")))
    assert found.end == moment("2026-06-01T00:00") + BLINK


@pytest.mark.parametrize(
    ("today", "within", "is_kept"),
    [
        ("2026-02-21", 7, True),
        ("2026-02-28", 0, True),
        ("2026-03-01", 7, False),
        ("2026-02-20", 7, False),
        ("2028-02-28", 0, False),
        ("2028-02-28", 1, True),
        ("2028-02-29", 0, True),
        ("2026-12-30", 60, True),
        ("2026-03-01", 366, True),
    ],
)
def test_who_was_born_on_29_february_has_a_birthday_each_year(today, within, is_kept):
    assert ("02-29" in windows.anniversaries(within, Clock(moment(f"{today}T12:00"), ZoneInfo("UTC")))) == is_kept


def test_the_25th_hour_counts_once(cast, in_acme):
    """25 October 2026 has 25 hours in Amsterdam: 02:30 comes twice, and both are that day."""
    segment_rows.lay_out()
    one = segment_rows.customer()
    for at in ("2026-10-25T00:30", "2026-10-25T01:30"):
        segment_rows.did(one, "Order Completed", moment(at))
    for day, times in (("2026-10-24", 0), ("2026-10-25", 2), ("2026-10-26", 0)):
        leaf = {"event": "Order Completed", "times": {"exactly": times}, "window": {"between": [day, day]}}
        assert counting.members(parse({"version": "portret-rule/1", "all": [leaf]}, Vocabulary.load())) == [one.pk]


def test_the_same_moment_is_another_day_elsewhere(cast, in_acme):
    segment_rows.lay_out()
    one, at = segment_rows.customer(), moment("2026-06-01T23:30")
    segment_rows.did(one, "Order Completed", moment("2026-05-31T23:00"))
    rule = {"version": "portret-rule/1", "all": [{"event": "Order Completed", "window": {"last_days": 1}}]}
    assert counting.members(parse(rule, Vocabulary.load()), at=at) == [one.pk]
    Tenant.objects.filter(pk=in_acme.pk).update(time_zone="Pacific/Kiritimati")
    in_acme.refresh_from_db()
    assert counting.members(parse(rule, Vocabulary.load()), at=moment("2026-06-02T10:30")) == []

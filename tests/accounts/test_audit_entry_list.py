"""Reading the audit log: by text, by action, by days as the organisation counts them, a page at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import tenancy
from accounts.models import AuditEntry, Tenant

PAGE = "/t/acme/audit/"
ENGLISH = {"accept-language": "en"}


def enter(tenant, *names: str, **values) -> None:
    with tenancy.scope(tenant):
        rows = [AuditEntry(**{"actor_kind": "system", "action": "member.viewed", "object_name": name, **values}) for name in names]
        AuditEntry.objects.bulk_create(rows)


def names(answer) -> list[str]:
    return [entry.object_name for entry in answer.context["page"].rows]


def test_the_newest_stands_first(cast, ana):
    enter(cast.acme, "one", "two")
    assert names(ana.get(PAGE))[:2] == ["two", "one"]


def test_it_shows_nothing_of_another_tenant(cast, ana):
    enter(cast.globex, "theirs")
    assert "theirs" not in ana.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=petra", ["Petra Vos"]),
        ("q=PETRA", ["Petra Vos"]),
        ("q=dirk", ["Piet Vos"]),
        ("q=192.0.2.44", ["Piet Vos"]),
        ("q=192.0.2.4", []),
        ("q=2001:DB8::0:1", ["Six"]),
        ("q=2001:db8::1%25eth0", ["Six"]),
        ("q=100%25", ["100% wool"]),
        ("q=_", []),
        ("q=%27%3B+DROP+TABLE", []),
        ("action=key.revoked", ["Piet Vos"]),
        ("action=key.revoked&q=petra", []),
    ],
)
def test_it_finds_who_and_on_what_and_from_where(cast, ana, query, found):
    enter(cast.acme, "Petra Vos", "100% wool")
    enter(cast.acme, "Piet Vos", actor_name="Dirk", ip="192.0.2.44", action="key.revoked")
    enter(cast.acme, "Six", ip="2001:db8::1")
    assert names(ana.get(f"{PAGE}?{query}")) == found


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("Europe/Amsterdam", "2026-07-01", "2026-06-30T22:00", "2026-07-01T22:00"),
        ("Europe/Amsterdam", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("Europe/Amsterdam", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("America/Santiago", "2026-04-04", "2026-04-04T03:00", "2026-04-05T04:00"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", "2026-09-07T03:00"),
        ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00", "2026-01-01T10:00"),
    ],
    ids=["summer", "23 hours", "25 hours", "the clock goes back at midnight", "the day starts at one", "first on earth"],
)
def test_a_day_is_a_day_of_the_organisation(cast, ana, zone, day, begins, ends):
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone=zone)
    first, end = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (begins, ends))
    blink = timedelta(microseconds=1)
    for name, at in [("before", first - blink), ("first", first), ("last", end - blink), ("after", end)]:
        enter(cast.acme, name, at=at)
    assert sorted(names(ana.get(f"{PAGE}?since={day}&until={day}"))) == ["first", "last"]


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", "since=0001-01-01&until=9999-12-31"])
def test_the_first_and_the_last_day_there_are_do_no_harm(cast, ana, query):
    enter(cast.acme, "one")
    assert "one" in names(ana.get(f"{PAGE}?{query}"))


@pytest.mark.parametrize(
    ("query", "word"),
    [("since=yesterday", "valid date"), ("until=2026-02-30", "valid date"), ("action=god", "valid choice"), ("q=%00", "Null")],
)
def test_a_question_that_makes_no_sense_says_why(ana, query, word):
    answer = ana.get(f"{PAGE}?{query}", headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert names(answer) == []


def test_it_pages_to_older_entries_and_back(cast, ana):
    enter(cast.acme, *(f"n{number}" for number in range(120)))
    pages = [ana.get(f"{PAGE}?action=member.viewed")]
    pages.append(ana.get(PAGE + pages[-1].context["page"].next))
    pages.append(ana.get(PAGE + pages[-1].context["page"].next))
    assert [len(names(page)) for page in pages] == [50, 50, 20]
    assert [name for page in pages for name in names(page)] == [f"n{number}" for number in reversed(range(120))]
    assert pages[0].context["page"].previous == pages[2].context["page"].next == ""
    back = ana.get(PAGE + pages[2].context["page"].previous)
    assert names(back) == names(pages[1])
    assert names(ana.get(PAGE + back.context["page"].previous)) == names(pages[0])


def test_paging_keeps_the_question(cast, ana):
    enter(cast.acme, *(f"n{number}" for number in range(60)))
    enter(cast.acme, *(f"x{number}" for number in range(60)), action="key.revoked")
    page = ana.get(f"{PAGE}?action=key.revoked")
    older = ana.get(PAGE + page.context["page"].next)
    assert {name[0] for name in names(page) + names(older)} == {"x"}


@pytest.mark.parametrize("place", ["before=x", "after=0000000000000", "before=%00", "before=zzzzzzzzzzzzz&after=!"])
def test_a_place_that_makes_no_sense_shows_the_first_page(cast, ana, place):
    enter(cast.acme, "one")
    assert names(ana.get(f"{PAGE}?{place}"))[0] == "one"


def test_a_viewer_is_refused(ben):
    assert ben.get(PAGE).status_code == 403


def test_a_stranger_finds_nothing(mallory):
    assert mallory.get(PAGE).status_code == 404


def test_it_is_only_read(ana):
    assert ana.post(PAGE).status_code == 405


def test_what_stands_in_an_entry_is_text_on_the_page(cast, ana):
    enter(cast.acme, "<script>alert(1)</script>", user_agent="<b>")
    assert "<script>alert(1)" not in ana.get(PAGE).content.decode()

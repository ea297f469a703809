"""Membership by difference: equal to asking anew, only for whom it concerns, in order, with history; and why agrees with it."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from accounts.audit import SYSTEM
from customers import merging, touching
from customers.imports import listing
from customers.models import Customer, Event, Segment, SegmentChange, SegmentMember, Touch
from customers.models.touch import EVERYBODY
from customers.segments import counting, explaining, membership, versions
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary
from tests.conftest import make_cast
from tests.customers import segment_rows
from tests.customers.telling import said, source
from tests.customers.test_segment_compile import AT, enter, people, rules

ORDER = "Order Completed"
NOW = timezone.now()


def rule(*parts, kind: str = "all") -> dict:
    return {"version": "portret-rule/1", kind: list(parts)}


ORDERED = rule({"event": ORDER})


@pytest.fixture
def stage(in_acme):
    segment_rows.lay_out()
    return in_acme


@pytest.fixture
def make(cast, stage):
    return lambda name, raw: versions.create(name, raw, by=cast.ana, actor=SYSTEM)


def members(segment: Segment) -> set[int]:
    return set(SegmentMember.objects.filter(segment=segment).values_list("customer_id", flat=True))


def history(segment: Segment) -> list[tuple[int, bool, int]]:
    return list(SegmentChange.objects.filter(segment=segment).order_by("pk").values_list("customer_id", "has_joined", "version"))


def test_who_matches_joins_and_who_no_longer_does_leaves_and_both_are_kept(cast, make):
    one, other = segment_rows.customers({}, {})
    segment_rows.did(one, ORDER, NOW)
    segment = make("Ordered", ORDERED)
    assert membership.refresh_one(segment.pk) == (1, 0)
    assert membership.refresh_one(segment.pk) == (0, 0)
    Event.objects.all().delete()
    segment_rows.did(other, ORDER, NOW)
    assert membership.refresh_one(segment.pk) == (1, 1)
    assert members(segment) == {other.pk}
    assert sorted(history(segment)) == sorted([(one.pk, True, 1), (one.pk, False, 1), (other.pk, True, 1)])
    segment.refresh_from_db()
    assert (segment.size, segment.refresh_error) == (1, "")


def test_only_the_touched_are_looked_at(make):
    one, other = segment_rows.customers({}, {})
    segment = make("Ordered", ORDERED)
    membership.refresh_one(segment.pk)
    for who in (one, other):
        segment_rows.did(who, ORDER, timezone.now())
    touching.touch([one.pk, one.pk])
    assert membership.refresh_touched() == 1
    assert members(segment) == {one.pk}
    assert not Touch.objects.exists()
    touching.touch([EVERYBODY])
    membership.refresh_touched()
    assert members(segment) == {one.pk, other.pk}


def test_segments_that_others_are_built_on_come_first(make):
    one = segment_rows.customer()
    ordered = make("Z ordered", ORDERED)
    upper = make("A above", rule({"segment": "Z ordered"}))
    membership.refresh_one(ordered.pk)
    membership.refresh_one(upper.pk)
    segment_rows.did(one, ORDER, timezone.now())
    touching.touch([one.pk])
    membership.refresh_touched()
    assert members(upper) == {one.pk}


def test_what_the_clock_changes_below_reaches_the_segment_above(make):
    one = segment_rows.customer()
    segment_rows.did(one, ORDER, NOW - timedelta(days=2))
    lower = make("Lately", rule({"event": ORDER, "window": {"last_days": 5}}))
    upper = make("Above", rule({"segment": "Lately"}))
    membership.work_off(upper.tenant)
    assert members(upper) == {one.pk}
    membership.refresh_one(lower.pk, at=NOW + timedelta(days=9))
    membership.refresh_touched(at=NOW + timedelta(days=9))
    assert members(lower) == members(upper) == set()


def test_customers_merged_into_another_leave_and_what_is_the_others_stays(make):
    one, other = segment_rows.customers({"city": "Ede"}, {"city": "Ede"})
    segment = make("Ede", rule({"attribute": "city", "is": "Ede"}))
    membership.refresh_one(segment.pk)
    Customer.objects.filter(pk=one.pk).update(merged_into=other, root_id=other.pk)
    touching.touch([other.pk])
    membership.refresh_touched()
    assert members(segment) == {other.pk}
    assert history(segment)[-1] == (one.pk, False, 1)


def test_an_uploaded_list_stands_by_who_they_are_now(make):
    one, other = segment_rows.customers({}, {})
    segment_rows.segment("Fair", one)
    Customer.objects.filter(pk=one.pk).update(merged_into=other, root_id=other.pk)
    found = parse(rule({"list": "Fair"}), Vocabulary.load())
    assert counting.members(found) == [other.pk]
    assert counting.members(found, only=[one.pk]) == []


def test_a_rule_that_cannot_be_asked_leaves_its_reason_and_its_members(make):
    one = segment_rows.customer(age=40)
    segment = make("Forty", rule({"attribute": "age", "is": 40}))
    membership.refresh_one(segment.pk)
    Vocabulary.load().attributes["age"].__class__.objects.filter(key="age").update(retired_at=NOW)
    membership.refresh_one(segment.pk)
    segment.refresh_from_db()
    assert "There is no attribute “age”" in segment.refresh_error
    assert members(segment) == {one.pk}


@pytest.mark.parametrize(
    ("moves", "last", "is_due"),
    [
        ("", timedelta(days=300), False),
        ("day", timedelta(minutes=30), False),
        ("day", timedelta(hours=25), True),
        ("minute", timedelta(minutes=10), False),
        ("minute", timedelta(minutes=20), True),
    ],
)
def test_the_clock_makes_a_rule_due(stage, moves, last, is_due):
    noon = NOW.replace(hour=12, minute=0)
    segment = Segment(refreshed_at=noon - last)
    assert membership.is_due(segment, moves, noon - timedelta(days=400), noon) == is_due
    assert membership.is_due(segment, moves, noon, noon)


def test_everything_that_waits_is_worked_off_and_then_there_is_nothing(make):
    one = segment_rows.customer()
    segment_rows.did(one, ORDER, NOW)
    segment = make("Ordered", ORDERED)
    assert membership.work_off(segment.tenant) == 1
    assert membership.work_off(segment.tenant) == 0
    assert members(segment) == {one.pk}


def test_a_refresh_takes_as_many_queries_for_many_customers_as_for_few(make):
    segment = make("Ordered", ORDERED)
    counts = []
    for size in (2, 40):
        for who in segment_rows.customers(*({} for _ in range(size))):
            segment_rows.did(who, ORDER, NOW)
        with CaptureQueriesContext(connection) as asked:
            membership.refresh_one(segment.pk)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 30


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(raw=rules, crowd=people, later=people, pick=st.sets(st.integers(0, 7)))
def test_refreshing_the_touched_equals_asking_anew_and_why_agrees(cast, stage, raw, crowd, later, pick):
    """After any change: members = members of a full refresh, and the lines of `why` add up to being in."""
    from django.db import transaction

    with transaction.atomic():
        first = enter(crowd)
        try:
            segment = versions.create("X", raw, by=cast.ana, actor=SYSTEM)
        except BadRule:
            transaction.set_rollback(True)
            return
        membership.refresh_one(segment.pk, at=AT)
        changed = [each for number, each in enumerate(first) if number in pick]
        for each, (known, done, *_rest) in zip(changed, later, strict=False):
            Customer.objects.filter(pk=each.pk).update(attributes=known)
            Event.objects.filter(customer_id=each.pk).delete()
            for name, at, amount, currency, said in done:
                segment_rows.did(Customer.objects.get(pk=each.pk), name, at, amount, currency, **said)
        touching.touch([each.pk for each in changed])
        membership.refresh_touched(at=AT)
        found = parse(versions.newest(segment).rule, Vocabulary.load())
        assert members(segment) == set(counting.members(found, at=AT))
        for each in first[:3]:
            assert explaining.why(Customer.objects.get(pk=each.pk), found, at=AT).is_in == (each.pk in members(segment))
        transaction.set_rollback(True)


def test_why_tells_the_figures(stage):
    ada = segment_rows.customer("Ada", city="Ede", age=40)
    for days in (1, 2, 500):
        segment_rows.did(ada, ORDER, NOW - timedelta(days=days), 2_050)
    raw = rule(
        {"event": ORDER, "times": {"at_least": 2}, "window": {"last_days": 365}},
        {"event": ORDER, "total": {"more_than": 100, "currency": "EUR"}},
        {"event": "Product Viewed", "last": {"last_days": 5}},
        {"attribute": "age", "at_least": 50},
        {"attribute": "city", "is": "Ede"},
        {"score": "orders", "at_least": 1},
    )
    segment_rows.kind("Product Viewed")
    why = explaining.why(ada, parse(raw, Vocabulary.load()))
    assert not why.is_in
    assert [(line.holds, line.found) for line in why.lines] == [
        (True, "2 times"),
        (False, "€61.50"),
        (False, "never"),
        (False, "40"),
        (True, "“Ede”"),
        (False, "no orders yet"),
    ]


def test_a_question_that_takes_too_long_is_stopped_and_the_work_goes_on(stage):
    with pytest.raises(counting.TookTooLong), counting.within(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('enable_nestloop')")
        assert cursor.fetchone() == ("0", "on")


def test_two_people_cannot_close_a_circle_together(committed):
    """Each saves half of it at the same moment: one of them is told."""
    cast = make_cast()
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        pair = [versions.create(name, ORDERED, by=cast.ana, actor=SYSTEM) for name in "AB"]
    start, told = threading.Barrier(2), []

    def save(mine: Segment, theirs: str) -> None:
        with tenancy.scope(cast.acme):
            start.wait()
            try:
                versions.save(mine, rule({"segment": theirs}), by=cast.ana, actor=SYSTEM)
            except BadRule as bad:
                told.append(str(bad))
        connections.close_all()

    threads = [threading.Thread(target=save, args=each) for each in ((pair[0], "B"), (pair[1], "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert "cannot be built on itself" in told[0]


def test_a_new_name_does_not_take_back_what_another_has_saved_meanwhile(cast, make):
    stale = make("Ordered", ORDERED)
    fresh = Segment.objects.get(pk=stale.pk)
    versions.save(fresh, rule({"event": ORDER, "times": {"at_least": 2}}), by=cast.ana, actor=SYSTEM)
    versions.rename(stale, "Customers who ordered", actor=SYSTEM)
    fresh.refresh_from_db()
    assert (fresh.name, fresh.version) == ("Customers who ordered", 2)
    stale.version = 1
    versions.archive(stale, is_archived=True, actor=SYSTEM)
    fresh.refresh_from_db()
    assert fresh.version == 2


class TestLists:
    """An uploaded list stays with the rows it told of; segments built on it follow."""

    @pytest.fixture
    def pair(self, cast, stage):
        shop = source()
        return [Customer.objects.get(pk=said(shop, number=name, first_name=name).customer_id) for name in ("ada", "bea")]

    @pytest.fixture
    def listed(self, pair):
        """Ada alone is on the list, told of after she was merged into Bea."""
        found = Segment.objects.create(name="Fair 2026", kind=Segment.Kind.LIST)
        return lambda: listing.join(found, [said(source(), number="ada").origin_id], at=NOW) or found

    def test_taking_apart_gives_a_row_its_place_on_a_list_back(self, cast, pair, listed):
        ada, bea = pair
        link = merging.merge(ada, bea, by=cast.ana)
        found = listed()
        on_it = parse(rule({"list": found.public_id}), Vocabulary.load())
        assert counting.members(on_it) == [bea.pk]
        merging.unmerge(link, by=cast.ana)
        assert counting.members(on_it) == [ada.pk]

    def test_a_merged_customer_is_on_its_list_on_every_page(self, ana, cast, pair, listed):
        ada, bea = pair
        merging.merge(ada, bea, by=cast.ana)
        found = listed()
        page = f"/t/acme/customers/{bea.public_id}/"
        assert [one.segment for one in ana.get(page).context["memberships"]] == [found]
        assert ana.get(f"{page}segments/?segment={found.public_id}").context["membership"]
        assert [row for row, _score in ana.get(f"/t/acme/customers/?segment={found.public_id}").context["lines"]] == [bea]

    def test_segments_built_on_a_list_follow_it_though_its_customers_did_not_change(self, make, pair, listed):
        built = make("At the fair", rule({"list": Segment.objects.get_or_create(name="Fair 2026", kind="list")[0].public_id}))
        membership.refresh_one(built.pk)
        Touch.objects.all().delete()
        listing.join(Segment.objects.get(name="Fair 2026"), [pair[0].pk], at=NOW)
        membership.refresh_touched()
        assert members(built) == {pair[0].pk}


def test_few_are_looked_at_by_hashes_too_and_named_on_every_side(make):
    """Of a tenant that has just begun the planner guesses one event, and would read them all for each of the few (33 s for 4,000)."""
    one, _other = segment_rows.customers({}, {})
    segment = make("Never ordered", rule({"event": ORDER, "did": False}))
    membership.refresh_one(segment.pk)
    touching.touch([one.pk])
    with CaptureQueriesContext(connection) as queries:
        membership.refresh_touched()
    said = [each["sql"] for each in queries]
    written = next(place for place, each in enumerate(said) if "matching AS MATERIALIZED" in each)
    assert any("enable_nestloop = 'off'" in each for each in said[:written])
    assert len(re.findall(r"ANY\([^)]*::bigint\[\]\)", said[written])) == 5, said[written]

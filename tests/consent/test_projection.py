"""Who does not allow a purpose is not there for it: in segments, their reasons, and scores (PL1, PL4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import SYSTEM
from consent import projection, recording
from consent.models import Hold, State
from customers import merging, scores, visibility
from customers.models import Attribute, EventType, LifecycleRule, Score, SegmentMember, Visibility
from customers.segments import counting, explaining, membership, versions
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary
from tests.consent import rows
from tests.customers import segment_rows

EVERYBODY = {"version": "portret-rule/1", "all": []}
OPEN = {"eprivacy_basis": "not_needed", "gdpr_basis": "legitimate_interest"}


def seen(purpose: str) -> set[str]:
    rule = parse(EVERYBODY, Vocabulary.load(purpose))
    return {each.email for each in counting.sample(rule)} if counting.count(rule).count else set()


@pytest.fixture
def three(in_acme):
    """ada said yes, ben said no, cem said nothing."""
    ada, ben, cem = (rows.customer(f"{name}@example.com", name=name) for name in ("ada", "ben", "cem"))
    return ada, ben, cem


def test_without_a_yes_nobody_is_there_where_consent_is_asked(three):
    newsletter = rows.purpose()
    rows.allow(three[0], newsletter)
    rows.allow(three[1], newsletter, state=State.REFUSED)
    assert seen("newsletter") == {"ada@example.com"}
    assert len(seen("")) == 3


def test_everybody_is_there_until_they_object_where_it_is_not(three):
    choice = rows.purpose("choice", kind="profiling", channels=("all",), **OPEN)
    rows.allow(three[1], choice, "all", state=State.OBJECTED)
    assert seen("choice") == {"ada@example.com", "cem@example.com"}


def test_a_purpose_that_is_not_in_force_shows_nobody(three):
    rows.allow(three[0], rows.purpose())
    assert seen("offers") == set()


def test_restricted_customers_are_there_for_nothing_ds11(three):
    rows.purpose("choice", kind="profiling", channels=("all",), **OPEN)
    recording.hold(three[0].pk, Hold.Kind.RESTRICTED, rows.proof())
    assert seen("choice") == {"ben@example.com", "cem@example.com"}
    recording.release(three[0].pk, Hold.Kind.RESTRICTED, rows.proof())
    assert len(seen("choice")) == 3


def test_an_objection_to_marketing_leaves_service(three):
    for key, kind in (("choice", "profiling"), ("orders", "service")):
        rows.purpose(key, kind=kind, channels=("email",), **OPEN)
    recording.hold(three[0].pk, Hold.Kind.OBJECTED, rows.proof())
    assert "ada@example.com" not in seen("choice")
    assert "ada@example.com" in seen("orders")


def test_after_a_merge_one_no_is_enough_and_an_unmerge_gives_back(cast, three):
    newsletter = rows.purpose()
    rows.allow(three[0], newsletter)
    rows.allow(three[1], newsletter, state=State.REFUSED)
    link = merging.merge(three[1], three[0], by=cast.ana)
    assert seen("newsletter") == set()
    merging.unmerge(link, by=cast.ana)
    assert Visibility.objects.filter(purpose="newsletter", is_visible=True).count() == 1


def test_the_clock_takes_somebody_out(three):
    rows.allow(three[0], rows.purpose(valid_days=10), occurred_at=timezone.now() - timedelta(days=9))
    assert seen("newsletter") == {"ada@example.com"}
    Visibility.objects.all().update(is_visible=True)
    assert projection.ended(timezone.now(), timezone.now() + timedelta(days=2)) == 0  # it ends tomorrow; now it still holds
    assert projection.everybody() == 0


def test_a_segment_follows_within_the_same_refresh(cast, three):
    newsletter = rows.purpose()
    rows.allow(three[0], newsletter)
    segment = versions.create("Readers", EVERYBODY, by=cast.ana, actor=SYSTEM, purpose="newsletter")
    membership.refresh_one(segment.pk)
    assert set(SegmentMember.objects.values_list("customer_id", flat=True)) == {three[0].pk}
    rows.allow(three[0], newsletter, state=State.WITHDRAWN)
    rows.allow(three[2], newsletter)
    membership.refresh_touched()
    assert set(SegmentMember.objects.values_list("customer_id", flat=True)) == {three[2].pk}


def test_why_names_the_purpose(cast, three):
    rows.purpose()
    rule = parse(EVERYBODY, Vocabulary.load("newsletter"))
    why = explaining.why(three[0], rule)
    assert not why.is_in
    assert [(line.clause, line.holds) for line in why.lines] == [("allows “Newsletter”", False)]


def test_what_may_not_be_used_cannot_be_saved_pl4(cast, three):
    segment_rows.lay_out()
    rows.purpose()
    Attribute.objects.filter(key="age").update(purposes=["newsletter"])
    EventType.objects.filter(name="Order Completed").update(purposes=["research"])
    for leaf, says in (
        ({"attribute": "plan", "is": "gold"}, "“plan” may not be used for “Newsletter”."),
        ({"event": "Order Completed"}, "“Order Completed” may not be used"),
        ({"score": "orders", "at_least": 1}, "Scores are made as an overview only."),
        ({"segment": "Overview"}, "“Overview” is not made for “Newsletter”."),
    ):
        if "segment" in leaf:
            versions.create("Overview", EVERYBODY, by=cast.ana, actor=SYSTEM)
        with pytest.raises(BadRule, match=says):
            versions.create("X", {**EVERYBODY, "all": [leaf]}, by=cast.ana, actor=SYSTEM, purpose="newsletter")
    versions.create("Y", {**EVERYBODY, "all": [{"attribute": "age", "at_least": 30}]}, by=cast.ana, actor=SYSTEM, purpose="newsletter")


def test_scores_are_of_those_who_allow_what_they_are_for(three):
    segment_rows.lay_out()
    profiling = rows.purpose("profiling", kind="profiling", channels=("all",))
    LifecycleRule.objects.create(purpose="profiling")
    for who in three:
        segment_rows.did(who, "Order Completed", timezone.now() - timedelta(days=3), 1000)
    rows.allow(three[0], profiling, "all")
    scores.compute()
    assert set(Score.objects.values_list("customer_id", flat=True)) == {three[0].pk}
    rows.allow(three[0], profiling, "all", state=State.WITHDRAWN)
    scores.compute()
    assert not Score.objects.exists()


def test_titles_are_those_of_the_version_in_force(three):
    rows.purpose()
    assert visibility.choices() == [("newsletter", "Newsletter")]

"""May we? Against a slow answer in Python for random pasts (PL3), and with somebody saying no at the same moment (PL2)."""

import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from consent import gate, recording, suppressions
from consent.models import Decision, Hold, Reason, State
from consent.models.state import ConsentState
from consent.recording import Choice
from customers import merging
from tests.consent import rows


@pytest.fixture
def ada(in_acme):
    return rows.customer()


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


def reason(who, what, channel="email", **more) -> Reason:
    asked = gate.ask([who.pk], what, channel, **more)[who.pk].reason
    decided = gate.decide([who.pk], what, channel, asked_by="test", **more)[who.pk].reason
    assert asked == decided
    return decided


def test_nobody_is_allowed_by_default_pl3(ada, newsletter):
    assert reason(ada, newsletter) == Reason.NO_BASIS


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (State.UNKNOWN, Reason.NO_BASIS),
        (State.REQUESTED, Reason.UNCONFIRMED),
        (State.DEFERRED, Reason.NO_BASIS),
        (State.REFUSED, Reason.REFUSED),
        (State.GIVEN, Reason.ALLOWED),
        (State.RENEWED, Reason.ALLOWED),
        (State.WITHDRAWN, Reason.WITHDRAWN),
        (State.OBJECTED, Reason.OBJECTED),
        (State.EXPIRED, Reason.EXPIRED),
        (State.REVOKED, Reason.ENDED),
        (State.INVALIDATED, Reason.ENDED),
    ],
)
def test_only_given_and_renewed_allow_cc13(ada, newsletter, state, answer):
    ConsentState.objects.create(**stands(ada, newsletter, state))
    assert reason(ada, newsletter) == answer


def stands(who, what, state, **more) -> dict:
    values = {"customer_id": who.pk, "purpose": what, "channel": "email", "state": state, "basis": "consent", "version": 1}
    return {**values, "since": timezone.now(), "until": None, "event_id": "00000000-0000-4000-8000-000000000001", **more}


def test_every_purpose_and_channel_is_asked_apart(ada, newsletter):
    other = rows.purpose("offers", channels=("email", "sms"))
    rows.allow(ada, newsletter)
    assert reason(ada, newsletter) == Reason.ALLOWED
    assert reason(ada, other) == Reason.NO_BASIS
    assert reason(ada, newsletter, "sms") == Reason.NOT_OFFERED
    assert reason(ada, other, "sms") == Reason.UNREACHABLE


def test_an_end_in_between_counts_without_anybody_writing_it_cc6(ada, newsletter):
    rows.allow(ada, newsletter)
    assert reason(ada, newsletter, at=timezone.now() + timedelta(days=731)) == Reason.EXPIRED


def test_a_version_that_asks_anew_is_not_covered_by_an_old_yes_tp7(ada, newsletter):
    rows.allow(ada, newsletter)
    rows.next_version(newsletter)
    assert reason(ada, newsletter) == Reason.ALLOWED
    rows.next_version(newsletter, is_material=True)
    assert reason(ada, newsletter) == Reason.OUTDATED
    rows.allow(ada, newsletter)
    assert reason(ada, newsletter) == Reason.ALLOWED


def test_a_soft_opt_in_does_not_answer_for_consent(ada, newsletter):
    ConsentState.objects.create(**stands(ada, newsletter, State.GIVEN, basis="soft_opt_in"))
    assert reason(ada, newsletter) == Reason.NO_BASIS


def test_a_purpose_without_a_version_in_force_allows_nobody(ada, newsletter):
    rows.allow(ada, newsletter)
    newsletter.archived_at = timezone.now()
    newsletter.save()
    assert reason(ada, newsletter) == Reason.NOT_OFFERED


@pytest.mark.parametrize(
    ("kind", "answer", "service"),
    [
        ("bounce", Reason.BOUNCED, Reason.BOUNCED),
        ("complaint", Reason.COMPLAINED, Reason.ALLOWED),
        ("objection", Reason.OBJECTED, Reason.ALLOWED),
        ("erased", Reason.ERASED, Reason.ERASED),
        ("manual", Reason.SUPPRESSED, Reason.SUPPRESSED),
    ],
)
def test_a_blocked_address_whatever_they_said(ada, newsletter, kind, answer, service):
    orders = rows.purpose("orders", kind="service", eprivacy_basis="not_needed", gdpr_basis="contract")
    rows.allow(ada, newsletter)
    suppressions.add("ADA@example.com ", kind)
    assert reason(ada, newsletter) == answer
    assert reason(ada, orders) == service
    assert reason(rows.customer("ben@example.com"), orders) == Reason.ALLOWED


def test_a_blocked_domain(ada, newsletter):
    rows.allow(ada, newsletter)
    suppressions.add("example.com", "domain")
    assert reason(ada, newsletter) == Reason.SUPPRESSED


def test_a_decision_names_the_consent_that_allowed_it_cr11(ada, newsletter):
    (event,) = recording.record([Choice(ada.pk, newsletter, "email", State.GIVEN)], rows.proof())
    answer = gate.decide([ada.pk], newsletter, "email", asked_by="campaign:12")[ada.pk]
    kept = Decision.objects.get()
    assert (answer.event_id, kept.event_id, kept.asked_by, kept.version, kept.reason) == (event, event, "campaign:12", 1, Reason.ALLOWED)


def test_the_funnel_and_the_decision_agree(ada, newsletter):
    others = [rows.customer(f"n{n}@example.com") for n in range(4)]
    for who in (ada, others[0]):
        rows.allow(who, newsletter)
    rows.allow(others[1], newsletter, state=State.REFUSED)
    decided = gate.decide([ada.pk, *(each.pk for each in others)], newsletter, "email", asked_by="test")
    counted = gate.look(newsletter, "email")
    assert counted == {code: sum(a.reason == code for a in decided.values()) for code in {a.reason for a in decided.values()}}


# --- against a slow answer in Python ----------------------------------------------------------------------------------

WORD = st.tuples(st.sampled_from(State), st.sampled_from([-1, 0, 1]), st.integers(1, 2), st.sampled_from(["consent", "soft_opt_in"]))
SAID = st.one_of(st.none(), WORD)
BASES = [("consent", "consent"), ("soft_opt_in", "legitimate_interest"), ("not_needed", "legitimate_interest"), ("not_needed", "consent")]
PAST = st.fixed_dictionaries(
    {
        "said": st.lists(SAID, min_size=1, max_size=3),
        "holds": st.sets(st.sampled_from(Hold.Kind), max_size=2),
        "held_row": st.integers(0, 2),
        "barred": st.sets(st.sampled_from(["bounce", "complaint", "objection", "erased", "manual", "domain"]), max_size=2),
        "has_address": st.booleans(),
        "basis": st.sampled_from(BASES),
        "kind": st.sampled_from(["marketing", "service"]),
        "is_material": st.booleans(),
    }
)
NO = {State.WITHDRAWN: 40, State.OBJECTED: 30, State.REFUSED: 41, State.REVOKED: 43, State.INVALIDATED: 43}


def code_of(said, past) -> int:
    """Of one row's word: ended is -1, still good 1, without end 0."""
    state, end, version, basis = said
    is_open = past["basis"] == ("not_needed", "legitimate_interest")
    if state in NO:
        return NO[state]
    if is_open:
        return 0
    if state not in (State.GIVEN, State.RENEWED):
        return {State.EXPIRED: 42, State.REQUESTED: 61}.get(state, 60)
    if end == -1:
        return 42
    if past["is_material"] and version < 2:
        return 44
    return 60 if past["basis"][0] == "consent" and basis != "consent" else 0


def expected(past) -> int:
    is_marketing = past["kind"] == "marketing"
    codes = [code_of(said, past) for said in past["said"] if said]
    default = 0 if past["basis"] == ("not_needed", "legitimate_interest") else 60
    said = min(codes, key=lambda code: code or 55) if codes else default
    holds, barred = past["holds"], set(past["barred"]) if past["has_address"] else set()
    checks = [
        (10, "restricted" in holds),
        (20, "erased" in barred),
        (21, bool({"manual", "domain"} & barred)),
        (30, said == 30 or (is_marketing and ("objected" in holds or "objection" in barred))),
        (31, is_marketing and "complaint" in barred),
        (said, 40 <= said <= 44),
        (50, "bounce" in barred),
        (51, not past["has_address"]),
        (said, said > 44),
        (62, is_marketing and "unnotified" in holds),
        (70, is_marketing and "paused" in holds),
    ]
    return next((code for code, holds_now in checks if holds_now), 0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=PAST)
def test_the_answer_for_any_past_pl3(cast, past):
    with tenancy.scope(cast.acme):
        bases = {"eprivacy_basis": past["basis"][0], "gdpr_basis": past["basis"][1]}
        what = rows.purpose(f"p{uuid.uuid4().hex}", kind=past["kind"], **bases)
        if past["is_material"]:
            rows.next_version(what, **bases, is_material=True)
        who = live(past, what)
        wanted = expected(past)
        assert gate.decide([who[0].pk], what, "email", asked_by="test")[who[0].pk].reason == wanted, Reason(wanted)
        assert gate.look(what, "email")[Reason(wanted)] >= 1
        connection.set_rollback(True)


def live(past, what) -> list:
    """Rows of one customer with that past, the first of them the root."""
    address = "ada@example.com" if past["has_address"] else ""
    known = [bare_customer(address if place == 0 else "") for place in range(len(past["said"]))]
    for row in known[1:]:
        row.merged_into, row.root_id = known[0], known[0].pk
        row.save()
    for row, said in zip(known, past["said"], strict=True):
        if said:
            state, end, version, basis = said
            until = timezone.now() + timedelta(days=end) if end else None
            ConsentState.objects.create(**stands(row, what, state, until=until, version=version, basis=basis))
    for kind in past["holds"]:
        held = known[past["held_row"] % len(known)]
        Hold.objects.create(customer=held, kind=kind, since=timezone.now(), event_id="00000000-0000-4000-8000-000000000002")
    for kind in past["barred"]:
        suppressions.add("example.com" if kind == "domain" else "ada@example.com", kind)
    return known


def bare_customer(email: str):
    return rows.Customer.objects.create(email=email, attributes={}, created_at=rows.LONG_AGO, changed_at=rows.LONG_AGO)


def test_after_a_merge_the_most_restrictive_wins_and_an_unmerge_gives_it_back(cast, ada):
    profiling = rows.purpose("profiling", kind="profiling", channels=("all",))
    other = rows.customer("other@example.com")
    rows.allow(ada, profiling, "all")
    rows.allow(other, profiling, "all", state=State.REFUSED)
    link = merging.merge(other, ada, by=cast.ana)
    assert reason(ada, profiling, "all") == Reason.REFUSED
    merging.unmerge(link, by=cast.ana)
    assert reason(ada, profiling, "all") == Reason.ALLOWED
    assert reason(other, profiling, "all") == Reason.REFUSED


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stage(committed):
    """Committed rows, for threads with connections of their own."""
    from tests.conftest import make_cast

    cast = make_cast()
    with tenancy.scope(cast.acme):
        ada, newsletter = rows.customer(), rows.purpose()
        rows.allow(ada, newsletter)
    return SimpleNamespace(tenant=cast.acme, ada=ada, newsletter=newsletter, order=[])


def withdraw(stage) -> None:
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter, state=State.WITHDRAWN)
    stage.order.append("withdrawn")
    connections.close_all()


def test_a_withdrawal_waits_for_what_is_being_handed_over_pl2(stage):
    other = threading.Thread(target=withdraw, args=(stage,))
    with tenancy.scope(stage.tenant):
        assert gate.decide([stage.ada.pk], stage.newsletter, "email", asked_by="test")[stage.ada.pk].is_allowed
        other.start()
        other.join(0.3)
        assert other.is_alive()
        stage.order.append("handed over")
    other.join()
    assert stage.order == ["handed over", "withdrawn"]
    with tenancy.scope(stage.tenant):
        assert reason(stage.ada, stage.newsletter) == Reason.WITHDRAWN


def test_handing_over_waits_for_a_withdrawal_and_sees_it_pl2_cc6(stage):
    answers = []

    def hand_over() -> None:
        with tenancy.scope(stage.tenant):
            answers.append(gate.decide([stage.ada.pk], stage.newsletter, "email", asked_by="test")[stage.ada.pk].reason)
        connections.close_all()

    other = threading.Thread(target=hand_over)
    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter, state=State.WITHDRAWN)
        other.start()
        other.join(0.3)
        assert not answers
    other.join()
    assert answers == [Reason.WITHDRAWN]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 1), pauses=st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_nothing_is_handed_over_after_a_withdrawal_was_committed_pl2(stage, first, pauses):
    order = []

    def hand_over() -> None:
        spin(pauses[0])
        with tenancy.scope(stage.tenant):
            answer = gate.decide([stage.ada.pk], stage.newsletter, "email", asked_by="test")[stage.ada.pk]
            spin(pauses[1])
            if answer.is_allowed:
                order.append("handed over")
        connections.close_all()

    def say_no() -> None:
        spin(pauses[1])
        with tenancy.scope(stage.tenant):
            rows.allow(stage.ada, stage.newsletter, state=State.WITHDRAWN)
        order.append("withdrawn")
        connections.close_all()

    with tenancy.scope(stage.tenant):
        rows.allow(stage.ada, stage.newsletter)
    both = [threading.Thread(target=hand_over), threading.Thread(target=say_no)]
    for each in both if first else reversed(both):
        each.start()
    for each in both:
        each.join()
    assert order in (["withdrawn"], ["handed over", "withdrawn"])


def spin(times: int) -> None:
    """Something to do, so that the two meet at another place each time."""
    for _ in range(times * 3000):
        pass

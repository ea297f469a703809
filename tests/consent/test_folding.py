"""The state is the fold of the log and nothing else (CR1, PP4)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from consent import clock, folding, recording
from consent.ledger import reading
from consent.models import ConsentState, Frequency, Hold, State, Subject
from consent.proof import CannotRecord
from consent.recording import Choice
from customers.models import Visibility
from tests.consent import rows

PURPOSE, METHOD = st.sampled_from(["newsletter", "offers"]), st.sampled_from(["form", "import", "portal"])
STEP = st.one_of(
    st.tuples(
        st.just("say"),
        st.integers(0, 1),
        st.sampled_from(["newsletter", "offers"]),
        st.sampled_from(list(State)),
        st.sampled_from(["form", "import", "portal"]),
    ),
    st.tuples(st.just("hold"), st.integers(0, 1), st.sampled_from(list(Hold.Kind))),
    st.tuples(st.just("release"), st.integers(0, 1), st.sampled_from(list(Hold.Kind))),
    st.tuples(st.just("limit"), st.integers(0, 1), st.integers(1, 5)),
    st.tuples(st.just("unlimit"), st.integers(0, 1)),
    st.tuples(st.just("stop"), st.integers(0, 1)),
)


def carry_out(step, known, purposes) -> None:
    kind, who, *rest = step
    customer_id = known[who].pk
    if kind == "say":
        what, state, method = rest
        try:
            recording.record([Choice(customer_id, purposes[what], "email", state)], rows.proof(method=method))
        except CannotRecord:
            return
    elif kind in ("hold", "release"):
        getattr(recording, kind)(customer_id, rest[0], rows.proof())
    elif kind == "limit":
        recording.limit(customer_id, rest[0], "week", rows.proof())
    elif kind == "unlimit":
        recording.unlimit(customer_id, rows.proof())
    else:
        recording.stop_everything(customer_id, rows.proof(method="portal"))


def standing() -> tuple:
    columns = ("customer_id", "purpose_id", "channel", "state", "basis", "version", "since", "until", "event_id")
    states = set(ConsentState.objects.values_list(*columns))
    holds = set(Hold.objects.values_list("customer_id", "kind", "since", "until", "event_id"))
    return states, holds, set(Frequency.objects.values_list("customer_id", "most", "per", "since", "event_id"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14))
def test_whatever_happened_the_log_gives_the_state_back_cr1(cast, steps):
    with tenancy.scope(cast.acme):
        known = [rows.customer(), rows.customer("ben@example.com")]
        purposes = {
            "newsletter": rows.purpose(),
            "offers": rows.purpose("offers", eprivacy_basis="not_needed", gdpr_basis="legitimate_interest"),
        }
        for step in steps:
            carry_out(step, known, purposes)
        before = standing()
        folding.rebuild()
        assert standing() == before
        connection.set_rollback(True)


def test_the_command_makes_the_state_anew(cast):
    with tenancy.scope(cast.acme):
        ada, newsletter = rows.customer(), rows.purpose()
        rows.allow(ada, newsletter)
        before = standing()
        ConsentState.objects.all().update(state=State.WITHDRAWN)
        Visibility.objects.all().delete()
    said = StringIO()
    call_command("rebuild_consent_state", "--tenant", "acme", stdout=said)
    assert said.getvalue() == "acme: 1 states\n"
    with tenancy.scope(cast.acme):
        assert standing() == before
        assert Visibility.objects.get().is_visible


def test_what_the_clock_ends_gets_its_event_once_cr7(in_acme):
    ada, newsletter = rows.customer(), rows.purpose()
    rows.allow(ada, newsletter, occurred_at=timezone.now() - timedelta(days=731))
    assert clock.end_consents() == 1
    assert clock.end_consents() == 0
    assert ConsentState.objects.get().state == State.EXPIRED
    assert len(reading.of_subjects([Subject.objects.get(customer_id=ada.pk).pk])) == 2


@pytest.mark.parametrize("state", [State.UNKNOWN, State.REQUESTED, State.DEFERRED])
def test_a_pending_word_replaces_only_a_pending_word(state):
    assert folding.replaces(state, None)
    assert folding.replaces(state, State.REQUESTED)
    assert not folding.replaces(state, State.WITHDRAWN)
    assert not folding.replaces(state, State.GIVEN)

"""Scores: figures as a plain reading gives them, the same band for the same figure, the stage by the tenant's thresholds, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.signals import before_task_publish
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import scores
from customers.models import Event, Import, LifecycleRule, Score, Touch
from customers.tasks import compute_scores_of
from tests.conftest import make_cast
from tests.customers import segment_rows
from tests.customers.files import taken_in, text_of

ORDER = "Order Completed"
AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def stage(in_acme):
    segment_rows.lay_out()
    return in_acme


orders = st.lists(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9)), min_size=1, max_size=4), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=orders)
def test_scores_are_what_a_plain_reading_gives(stage, crowd):
    from django.db import transaction

    with transaction.atomic():
        rows = segment_rows.customers(*({} for _ in crowd))
        kind = segment_rows.kind(ORDER)
        Event.objects.bulk_create(
            Event(**segment_rows.event(row, kind, AT - timedelta(days=days), amount, "EUR", {}))
            for row, done in zip(rows, crowd, strict=True)
            for days, amount in done
        )
        scores.compute(at=AT)
        figures = {
            "recency": [-min(days for days, _ in done) for done in crowd],
            "frequency": [len(done) for done in crowd],
            "money": [sum(amount for _, amount in done) for done in crowd],
        }
        for number, row in enumerate(rows):
            score = Score.objects.get(customer=row)
            assert (score.orders, score.spent) == (figures["frequency"][number], figures["money"][number])
            for name, values in figures.items():
                lower = sum(1 for value in values if value < values[number])
                assert getattr(score, name) == 1 + 5 * lower // len(values), name
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("first", "last", "stage_of_life"),
    [
        (30, 30, "new"),
        (5, 1, "new"),
        (31, 2, "active"),
        (400, 180, "active"),
        (400, 181, "at_risk"),
        (400, 365, "at_risk"),
        (400, 366, "lapsed"),
    ],
)
def test_the_stage_of_life_follows_the_thresholds(stage, first, last, stage_of_life):
    one = segment_rows.customer()
    for days in {first, last}:
        segment_rows.did(one, ORDER, AT - timedelta(days=days), 100)
    scores.compute(at=AT)
    assert Score.objects.get(customer=one).lifecycle == stage_of_life


def test_other_thresholds_and_another_event_are_used(stage):
    LifecycleRule.objects.create(new_days=1, active_days=2, at_risk_days=3, order_event="Bought")
    one, other = segment_rows.customers({}, {})
    segment_rows.did(one, "Bought", AT - timedelta(days=10), 100)
    segment_rows.did(other, ORDER, AT - timedelta(days=10), 100)
    scores.compute(at=AT)
    assert list(Score.objects.values_list("customer_id", "lifecycle")) == [(one.pk, "lapsed")]


def test_only_what_changed_is_written_and_touched(stage):
    one = segment_rows.customer()
    segment_rows.did(one, ORDER, AT - timedelta(days=3), 100)
    assert scores.compute(at=AT) == 1
    assert list(Touch.objects.values_list("customer_id", flat=True)) == [one.pk]
    Touch.objects.all().delete()
    assert scores.compute(at=AT) == 0
    assert not Touch.objects.exists()
    Event.objects.all().delete()
    assert scores.compute(at=AT) == 1
    assert not Score.objects.exists()


def test_money_is_in_the_currency_most_orders_are_in_or_the_tenants_own(stage):
    one, other = segment_rows.customers({}, {})
    for _ in range(2):
        segment_rows.did(one, ORDER, AT - timedelta(days=3), 100, "USD")
    scores.compute(at=AT)
    assert Score.objects.get(customer=one).currency == "USD"
    segment_rows.did(other, ORDER, AT - timedelta(days=3), 100, "EUR")
    scores.compute(at=AT)
    assert Score.objects.get(customer=one).currency == "EUR"


def test_a_score_is_said_in_words(stage):
    one = segment_rows.customer()
    for days in (100, 12):
        segment_rows.did(one, ORDER, AT - timedelta(days=days), 15_525)
    scores.compute(at=AT)
    assert scores.explain(Score.objects.get(customer=one), at=AT)[:2] == [
        "2 orders for €310.50 in all since 23 March 2026.",
        "The last was on 19 June 2026, 12 days ago.",
    ]


def started_by(take_in) -> list[str]:
    """The tasks that messages went out for, once it was committed."""
    names = []

    def note(sender: str, **_message) -> None:
        names.append(sender)

    before_task_publish.connect(note)
    take_in()
    before_task_publish.disconnect(note)
    return names


def test_the_first_orders_of_a_file_are_scored_at_once_and_later_ones_at_night(committed):
    acme = make_cast().acme
    orders = text_of("klant,datum,bedrag", "1,2026-01-02,12.50", "2,2026-01-03,5.00")
    asked = {"kind": Import.Kind.EVENTS, "event_type": ORDER, "currency": "EUR"}
    asked["mapping"] = {"external_id": "klant", "timestamp": "datum", "total": "bedrag"}
    tried = started_by(lambda: taken_in(acme, orders, is_dry_run=True, **asked))
    first = started_by(lambda: taken_in(acme, orders, **asked))
    compute_scores_of(tenant_id=acme.pk)
    later = started_by(lambda: taken_in(acme, orders + b"1,2026-02-02,9.00\n", **asked))
    assert ["customers.tasks.compute_scores_of" in names for names in (tried, first, later)] == [False, True, False]


def test_scores_that_nobody_has_any_more_are_looked_for_by_hashes(stage):
    """Of a tenant that has just begun the planner guesses one event, and would read them all for each customer (52 s for 50,000)."""
    with CaptureQueriesContext(connection) as queries:
        scores.compute(at=AT)
    said = [one["sql"] for one in queries]
    off = next(place for place, one in enumerate(said) if "enable_nestloop = 'off'" in one)
    assert off < next(place for place, one in enumerate(said) if "DELETE FROM customers_score" in one)

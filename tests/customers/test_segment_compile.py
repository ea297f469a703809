"""Compiled SQL finds exactly whom a slow, plain reading of the rule finds: random rules on random customers."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Event, Score
from customers.segments import counting
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary
from tests.customers import segment_oracle, segment_rows

AT = datetime(2026, 3, 31, 10, 30, tzinfo=UTC)  # two days after the clock went forward in Amsterdam
ZONE = ZoneInfo("Europe/Amsterdam")
WORDS = ["Utrecht", "utrecht", "Ede", "De Bilt", "it's 100%", 'a"b\\c', ""]
BORN = ["1980-02-29", "1990-03-31", "1990-04-03", "2026-03-30", "2026-04-02", "1999-12-31"]
SEEN = ["2026-03-28T23:30:00Z", "2026-03-29T22:30:00Z", "2026-03-31T09:00:00Z", "2025-01-01T00:00:00Z"]
TYPES = {
    **dict.fromkeys(("city",), "text"),
    "age": "whole",
    "weight": "decimal",
    "member": "yes_no",
    "born_on": "date",
    "seen_at": "time",
    "plan": "choice",
    "genres": "choices",
}
ORDER, OPEN = "Order Completed", "Product Viewed"

words = st.sampled_from([word for word in WORDS if word])
numbers = st.integers(-2, 5)
weights = st.sampled_from([-1.5, 0, 0.5, 2, 2.5])
genres = st.lists(st.sampled_from(["jazz", "rock", "soul"]), min_size=1, unique=True)
days = st.sampled_from(["1990-03-31", "2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31", "2026-04-02"])
day_pairs = st.tuples(days, days).map(sorted)

attributes = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(WORDS),
        "age": numbers,
        "weight": weights,
        "member": st.booleans(),
        "born_on": st.sampled_from(BORN),
        "seen_at": st.sampled_from(SEEN),
        "plan": st.sampled_from(["basic", "gold"]),
        "genres": genres.map(sorted),
    },
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "genre": st.one_of(words, numbers, st.booleans(), st.none()),
        "shipping": st.one_of(words, st.fixed_dictionaries({"city": words})),
        "products": st.one_of(
            words, st.lists(st.one_of(numbers, st.fixed_dictionaries({}, optional={"category": words, "price": numbers})), max_size=3)
        ),
    },
)
moments = st.sampled_from(
    [AT + timedelta(hours=hours) for hours in (0, -1, -10, -11, -12, -24, -36, -58, -59, -60, -61, -24 * 30, 5)]
    + [datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)]
)
happenings = st.tuples(
    st.sampled_from([ORDER, OPEN]), moments, st.one_of(st.none(), st.integers(-300, 900)), st.sampled_from(["EUR", "USD"]), properties
)
scores = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "recency": st.integers(1, 5),
            "frequency": st.integers(1, 5),
            "money": st.integers(1, 5),
            "orders": st.integers(1, 4),
            "spent": st.integers(0, 900),
            "currency": st.sampled_from(["EUR", "USD"]),
            "lifecycle": st.sampled_from(["new", "active", "lapsed"]),
        }
    ),
)
people = st.lists(st.tuples(attributes, st.lists(happenings, max_size=4), st.sets(st.sampled_from(["A", "B"])), scores), max_size=8)

windows = st.one_of(
    st.builds(lambda n: {"last_days": n}, st.integers(0, 4)),
    st.builds(lambda n: {"last_hours": n}, st.sampled_from([1, 11, 12, 59, 60])),
    st.builds(lambda pair: {"between": pair}, day_pairs),
    st.builds(lambda day: {"before": day}, days),
    st.builds(lambda day: {"after": day}, days),
    st.builds(lambda n, day: {"days": n, "before": day}, st.integers(1, 5), days),
)


def about(key: str, **tests) -> st.SearchStrategy:
    """{"attribute": key, test: a value} for one of the tests."""
    return st.one_of([strategy.map(lambda value, test=test: {"attribute": key, test: value}) for test, strategy in tests.items()])


known = {"is_known": st.booleans()}
ordered = ("is", "is_not", "more_than", "less_than", "at_least", "at_most")
reach = st.integers(0, 5)
dated = {"is": days, "before": days, "after": days, "between": day_pairs, "in_last_days": reach, "in_next_days": reach, **known}
attribute_leaves = st.one_of(
    about("city", is_=words, is_not=words).map(lambda leaf: {key.rstrip("_"): value for key, value in leaf.items()}),
    about("city", one_of=st.lists(words, min_size=1), contains=words, begins_with=st.sampled_from(["u", "UT", "it'", "%"]), **known),
    about("age", **dict.fromkeys(ordered, numbers), between=st.tuples(numbers, numbers).map(sorted), **known),
    about("weight", **dict.fromkeys(ordered, weights), one_of=st.lists(weights, min_size=1), **known),
    about("member", **{"is": st.booleans()}, **known),
    about("born_on", **dated, anniversary_in_days=st.sampled_from([0, 2, 4, 300, 366])),
    about("seen_at", **dated),
    about("plan", **{"is": st.just("gold"), "is_not": st.just("gold")}, one_of=st.just(["gold", "basic"])),
    about("genres", any_of=genres, all_of=genres, **known),
)
paths = st.sampled_from(["genre", "shipping.city", "products[].category", "products[].price", "products[]", "nowhere.at[].all"])


@st.composite
def filters(draw) -> dict:
    test = draw(st.sampled_from(["is", "is_not", "one_of", "contains", "begins_with", "more_than", "at_most", "is_known"]))
    values = {
        "one_of": st.lists(st.one_of(words, numbers, st.booleans()), min_size=1, max_size=3),
        "contains": words,
        "begins_with": words,
        "more_than": numbers,
        "at_most": weights,
        "is_known": st.booleans(),
    }
    return {"property": draw(paths), test: draw(values.get(test, st.one_of(words, numbers, st.booleans())))}


@st.composite
def event_leaves(draw) -> dict:
    leaf = {"event": draw(st.sampled_from([ORDER, OPEN]))}
    if draw(st.booleans()):
        leaf["where"] = draw(st.lists(filters(), max_size=2))
    test = draw(st.sampled_from(["at_least", "at_most", "more_than", "less_than", "exactly"]))
    measures = {
        "did": st.booleans(),
        "times": st.builds(lambda n: {test: n}, st.integers(0, 3)),
        "total": st.builds(lambda n, c: {test: n, "currency": c}, st.sampled_from([-1, 0, 2.5, 5]), st.sampled_from(["EUR", "USD"])),
        "first": windows,
        "last": windows,
    }
    measure = draw(st.sampled_from(["", *measures]))
    if measure:
        leaf[measure] = draw(measures[measure])
    if measure not in ("first", "last") and draw(st.booleans()):
        leaf["window"] = draw(windows)
    return leaf


segment_leaves = st.fixed_dictionaries({"segment": st.sampled_from(["A", "B"])}, optional={"in": st.booleans()})
score_leaves = st.one_of(
    st.builds(
        lambda score, pair: {"score": score, "between": sorted(pair)},
        st.sampled_from(["recency", "frequency", "money"]),
        st.tuples(st.integers(1, 5), st.integers(1, 5)),
    ),
    st.builds(lambda stages: {"score": "lifecycle", "one_of": stages}, st.lists(st.sampled_from(["new", "at_risk", "active"]), min_size=1)),
    st.builds(lambda test, n: {"score": "orders", test: n}, st.sampled_from(["at_least", "exactly", "less_than"]), st.integers(0, 3)),
    st.builds(lambda n, c: {"score": "spent", "more_than": n, "currency": c}, st.sampled_from([0, 2.5]), st.sampled_from(["EUR", "USD"])),
)
leaves = st.one_of(attribute_leaves, event_leaves(), event_leaves(), segment_leaves, score_leaves)
kinds = st.sampled_from(["all", "any", "none"])
groups = st.recursive(
    leaves,
    lambda parts: st.builds(lambda kind, inside: {kind: inside}, kinds, st.lists(parts, min_size=1, max_size=4)),
    max_leaves=8,
)
rules = st.builds(
    lambda kind, inside: {"version": "portret-rule/1", kind: inside},
    kinds,
    st.lists(groups, min_size=1, max_size=3),
)


def depth(part: dict) -> int:
    inside = next((part[kind] for kind in ("all", "any", "none") if kind in part), None)
    return 0 if inside is None else 1 + max(map(depth, inside))


@pytest.fixture
def stage(in_acme):
    segment_rows.lay_out()
    return Vocabulary.load()


def enter(crowd: list) -> list[SimpleNamespace]:
    """The drawn customers as rows; what the oracle sees of each comes along."""
    rows = segment_rows.customers(*(known for known, *_ in crowd))
    types = {name: segment_rows.kind(name) for name in (ORDER, OPEN)}
    Event.objects.bulk_create(
        Event(**segment_rows.event(row, types[name], at, amount, currency if amount is not None else "", said))
        for row, (_, done, *_) in zip(rows, crowd, strict=True)
        for name, at, amount, currency, said in done
    )
    for name, sort in (("A", "rule"), ("B", "list")):
        segment_rows.segment(name, *(row for row, (*_, belongs, _) in zip(rows, crowd, strict=True) if name in belongs), kind=sort)
    Score.objects.bulk_create(
        Score(customer=row, first_order_at=AT, last_order_at=AT, computed_at=AT, **score)
        for row, (*_, score) in zip(rows, crowd, strict=True)
        if score
    )
    return [
        SimpleNamespace(
            pk=row.pk,
            attributes=known,
            events=[SimpleNamespace(type=t, at=at, amount=a, currency=c if a is not None else "", properties=p) for t, at, a, c, p in done],
            segments=belongs,
            score=score,
        )
        for row, (known, done, belongs, score) in zip(rows, crowd, strict=True)
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(asked=st.lists(rules.filter(lambda rule: depth(rule) <= 6), min_size=1, max_size=8), crowd=people)
def test_compiled_sql_finds_whom_a_slow_reading_finds(stage, asked, crowd):
    from django.db import transaction

    with transaction.atomic():
        everyone = enter(crowd)
        vocabulary = Vocabulary.load()
        world = SimpleNamespace(at=AT, zone=ZONE, types=TYPES)
        for raw in asked:
            rule = parse(json.loads(json.dumps(raw)), vocabulary)
            expected = {each.pk for each in everyone if segment_oracle.matches(raw, each, world)}
            found = counting.members(rule, at=AT)
            assert sorted(found) == sorted(expected), raw
            assert counting.count(rule, at=AT).count == len(expected)
            some = [each.pk for each in everyone[::2]]
            assert set(counting.members(rule, at=AT, only=some)) == expected & set(some)
        transaction.set_rollback(True)

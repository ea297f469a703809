"""A raw value becomes its one canonical form, or the reason is said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from customers import values
from customers.models import Attribute
from customers.values import BadValue

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def parse(raw, kind, **fields):
    return values.parse(raw, Attribute(type=kind, **fields), zone=AMSTERDAM)


@pytest.mark.parametrize(
    ("kind", "raw", "canonical"),
    [
        ("text", " Ada ", "Ada"),
        ("text", 12, "12"),
        ("whole", "1.234.567", 1234567),
        ("whole", "7.0", 7),
        ("decimal", "2,5", 2.5),
        ("decimal", "1 204,50", 1204.5),
        ("yes_no", "ja", True),
        ("yes_no", "0", False),
        ("date", "31-12-1984", "1984-12-31"),
        ("date", "1984-02-29", "1984-02-29"),
        ("date", "2026-03-01T10:00:00Z", "2026-03-01"),
        ("time", "2026-03-29 01:30", "2026-03-29T00:30:00Z"),
        ("time", "2026-07-01", "2026-06-30T22:00:00Z"),
        ("time", "0812-07-01T10:00:00Z", "0812-07-01T10:00:00Z"),
        ("money", "€ 1.204,50", 120450),
        ("money", 12.5, 1250),
        ("money", "19.999", 2000),
        ("choices", "jazz;soul; jazz", ["jazz", "soul"]),
    ],
)
def test_a_value_has_one_form(kind, raw, canonical):
    assert parse(raw, kind, currency="EUR") == canonical


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("whole", "7.5"),
        ("whole", "NaN"),
        ("whole", "1e400"),
        ("whole", True),
        ("decimal", "twelve"),
        ("yes_no", "perhaps"),
        ("date", "31-02-1984"),
        ("date", "2025-02-29"),
        ("time", "yesterday"),
        ("text", "a\x00b"),
        ("text", "\ud800"),
        ("text", "x" * 1001),
        ("text", {"a": 1}),
        ("money", "a lot"),
    ],
)
def test_what_a_type_does_not_take_is_refused_with_a_reason(kind, raw):
    with pytest.raises(BadValue) as refused:
        parse(raw, kind)
    assert str(refused.value).endswith(".")


def test_a_choice_is_one_of_those_there_are_whatever_its_case():
    assert parse("GOLD", "choice", options=["Gold", "Silver"]) == "Gold"
    with pytest.raises(BadValue, match="Gold, Silver"):
        parse("bronze", "choice", options=["Gold", "Silver"])


def test_yen_have_no_cents():
    assert (values.amount("1200", "JPY"), values.amount("1.200", "KWD")) == (1200, 1200)


def test_the_hour_that_is_there_twice_is_the_first_one():
    assert values.instant("2026-10-25 02:30", AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(some.integers(-(10**12), 10**12))
def test_an_amount_written_either_way_is_the_same(cents):
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    dutch = f"{sign}{whole:,}".replace(",", ".") + f",{rest:02}"
    english = f"{sign}{whole:,}.{rest:02}"
    assert values.amount(dutch, "EUR") == values.amount(english, "EUR") == cents


@given(
    some.recursive(
        some.none() | some.text(max_size=5) | some.floats(),
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    )
)
def test_json_is_storable_or_not_and_nothing_raises(raw):
    assert values.is_storable(raw) in (True, False)

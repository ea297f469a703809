"""A leaf about the customer's own row in, a condition on that row (`c`) out. It may be unknown (NULL), which counts as no.

Values stand in `attributes` in their canonical form, so JSON is compared with JSON and no cast can fail on a value.
"""

import json
from datetime import date, timedelta
from typing import Any

from customers.models import Attribute
from customers.segments import windows
from customers.segments.rule import DAYS, AttributeLeaf
from customers.segments.sql import Sql, sql
from customers.segments.windows import Clock

AS_TEXT = frozenset({Attribute.Type.TEXT, Attribute.Type.CHOICE})
COMPARE = {"more_than": ">", "less_than": "<", "at_least": ">=", "at_most": "<="}


def condition(leaf: AttributeLeaf, clock: Clock) -> Sql:
    """True for customers for whom it holds; never true for one whose value is not known, but for `is_not` and "is not known"."""
    key, test, value = leaf.attribute.key, leaf.test, leaf.value
    if test == "is_known":
        return sql("c.attributes ? %s", key) if value else sql("NOT c.attributes ? %s", key)
    if leaf.attribute.type in (Attribute.Type.DATE, Attribute.Type.TIME):
        return _of_days(leaf, clock)
    if leaf.attribute.type in AS_TEXT:
        return _of_text(key, test, value)
    if test in ("any_of", "all_of"):
        return sql(f"c.attributes -> %s {'?|' if test == 'any_of' else '?&'} %s::text[]", key, value)
    return _of_json(key, test, value)


def _of_text(key: str, test: str, value: Any) -> Sql:
    shapes = {
        "is": "c.attributes ->> %s = %s",
        "is_not": "c.attributes ->> %s IS DISTINCT FROM %s",
        "one_of": "c.attributes ->> %s = ANY(%s::text[])",
        "contains": "strpos(lower(c.attributes ->> %s), lower(%s)) > 0",
        "begins_with": "starts_with(lower(c.attributes ->> %s), lower(%s))",
    }
    return sql(shapes[test], key, value)


def _of_json(key: str, test: str, value: Any) -> Sql:
    if test == "one_of":
        return sql("c.attributes -> %s = ANY(%s::jsonb[])", key, [json.dumps(each) for each in value])
    if test == "between":
        return sql("c.attributes -> %s BETWEEN %s::jsonb AND %s::jsonb", key, *map(json.dumps, value))
    sign = {"is": "=", "is_not": "IS DISTINCT FROM", **COMPARE}[test]
    return sql(f"c.attributes -> %s {sign} %s::jsonb", key, json.dumps(value))


def _of_days(leaf: AttributeLeaf, clock: Clock) -> Sql:
    if leaf.test == "anniversary_in_days":
        return sql("substr(c.attributes ->> %s, 6, 5) = ANY(%s::text[])", leaf.attribute.key, windows.anniversaries(leaf.value, clock))
    first, last = _days(leaf.test, leaf.value, clock)
    if leaf.attribute.type == Attribute.Type.DATE:
        lowest, highest = first.isoformat(), last.isoformat()
        return sql("c.attributes -> %s BETWEEN %s::jsonb AND %s::jsonb", leaf.attribute.key, json.dumps(lowest), json.dumps(highest))
    lowest, end = (f"{clock.midnight(day):%Y-%m-%dT%H:%M:%SZ}" for day in (first, last + timedelta(days=1)))
    shape = "c.attributes -> %s >= %s::jsonb AND c.attributes -> %s < %s::jsonb"
    return sql(shape, leaf.attribute.key, json.dumps(lowest), leaf.attribute.key, json.dumps(end))


def _days(test: str, value: Any, clock: Clock) -> tuple[date, date]:
    """The first and the last day that fit."""
    if test in DAYS:
        return windows.days(test, value, clock)
    one_day = timedelta(days=1)
    fit = {
        "is": lambda: (value, value),
        "before": lambda: (date(1, 1, 2), value - one_day),
        "after": lambda: (value + one_day, date(9999, 12, 30)),
        "between": lambda: (value[0], value[1]),
    }
    return fit[test]()

"""Leaves about events in, one pass over the events of a type out: counts and sums a customer, however many leaves ask for them.

Leaves about the same type (and the same filter on properties) share a pass: each becomes a term over aggregates, `FILTER`
keeps its window, and "all", "any" and "none" join terms. What would hold for somebody without any such event is kept beside
the term: such a tally stands for everybody but those for whom its opposite holds.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from customers.segments import windows
from customers.segments.rule import EventLeaf, Filter
from customers.segments.sql import Sql, both, join, sql
from customers.segments.windows import Clock, Span

SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "exactly": "="}
HOLDS: dict[str, Callable[[int, int], bool]] = {
    "at_least": int.__ge__,
    "at_most": int.__le__,
    "more_than": int.__gt__,
    "less_than": int.__lt__,
    "exactly": int.__eq__,
}
NEVER = {("times", "less_than", 1), ("times", "at_most", 0), ("times", "exactly", 0)}
JSON_SIGNS = {"is": "=", **{test: SIGNS[test] for test in ("at_least", "at_most", "more_than", "less_than")}}


@dataclass(frozen=True)
class Tally:
    """`term(span)`: a condition over the events of one customer within `span`; `holds_for_none`: what it is without any event."""

    type_id: int
    where: Sql
    span: Span
    term: Callable[[Span], Sql]
    holds_for_none: bool
    opposed: "Tally | None" = None

    @property
    def key(self) -> tuple[int, str]:
        return self.type_id, repr(self.where)

    def opposite(self) -> "Tally":
        """The opposite of an opposite is what it was."""
        return self.opposed or replace(
            self, term=lambda span: self.term(span).within("NOT (", ")"), holds_for_none=not self.holds_for_none, opposed=self
        )


def tally(leaf: EventLeaf, clock: Clock) -> Tally:
    if (leaf.measure, leaf.test, leaf.value) in NEVER:
        return tally(replace(leaf, test="at_least", value=1), clock).opposite()
    where = join(" AND ", [_filter(each) for each in leaf.where])
    if leaf.measure in ("first", "last"):
        within, whole = windows.span(leaf.when, clock), Span(None, clock.at + windows.BLINK)
        return Tally(leaf.type.pk, where, whole, lambda _span: _moment(leaf.measure, within), holds_for_none=False)
    within = windows.span(leaf.window, clock)
    return Tally(leaf.type.pk, where, within, lambda span: _measured(leaf, within, span), HOLDS[leaf.test](0, leaf.value))


def joined(tallies: list[Tally], word: str) -> Tally:
    """All (word AND) or any (word OR) of tallies with one key, in one pass."""
    if len(tallies) == 1:
        return tallies[0]
    span = tallies[0].span
    for each in tallies[1:]:
        span = span.around(each.span)
    holds = (all if word == "AND" else any)(each.holds_for_none for each in tallies)
    first = tallies[0]
    return Tally(
        first.type_id,
        first.where,
        span,
        lambda span: join(f" {word} ", [each.term(span).within("(", ")") for each in tallies]),
        holds,
    )


def figures(leaf: EventLeaf, clock: Clock) -> Sql:
    """What the leaf measures, as one expression over the events of a customer."""
    if leaf.measure in ("first", "last"):
        return sql(f"{'min' if leaf.measure == 'first' else 'max'}(e.occurred_at)")
    return _measure(leaf, windows.span(leaf.window, clock), None)


def _measure(leaf: EventLeaf, within: Span, span: Span | None) -> Sql:
    kept = [] if within == span else [within.condition("e.occurred_at")]
    if leaf.measure == "total":
        kept.append(sql("e.currency = %s", leaf.currency))
    only = join(" AND ", kept).within(" FILTER (WHERE ", ")") if kept else sql("")
    if leaf.measure == "total":
        return Sql(f"COALESCE(sum(e.amount){only.text}, 0)", only.params)
    return Sql(f"count(*){only.text}", only.params)


def _measured(leaf: EventLeaf, within: Span, span: Span) -> Sql:
    measured = _measure(leaf, within, span)
    return Sql(f"{measured.text} {SIGNS[leaf.test]} %s", (*measured.params, leaf.value))


def _moment(measure: str, within: Span) -> Sql:
    """The first or the last of all events lies within a window."""
    return within.condition(f"{'min' if measure == 'first' else 'max'}(e.occurred_at)")


def _filter(each: Filter) -> Sql:
    """True for an event of which a value at the path passes. Keys and values are parameters, never text."""
    says_no = each.test == "is_not" or (each.test == "is_known" and not each.value)
    if not any(is_list for _key, is_list in each.path):
        found = _passes(each, sql("e.properties #> %s::text[]", [key for key, _is_list in each.path]).within("(", ")"))
        return found.within("(", ") IS NOT TRUE") if says_no else found
    found = both(sql("EXISTS (SELECT FROM"), _values(each), sql("WHERE"), _passes(each, sql("v"))).within("", ")")
    return found.within("NOT ", "") if says_no else found


def _values(each: Filter) -> Sql:
    """The values at a path with lists in it, one a row, as `v`; none where the path leads nowhere."""
    value, keys, tables = "e.properties", [], []
    for number, (key, is_list) in enumerate(each.path):
        keys.append(key)
        if is_list:
            here = f"({value} #> %s::text[])"
            tables.append(sql(f"jsonb_array_elements(CASE jsonb_typeof{here} WHEN 'array' THEN {here} END) p{number}(each)", keys, keys))
            value, keys = f"p{number}.each", []
    last = sql(f"(VALUES ({value} #> %s::text[])) found(v)", keys) if keys else sql(f"(VALUES ({value})) found(v)")
    return join(" CROSS JOIN LATERAL ", [*tables, last])


def _passes(each: Filter, value: Sql) -> Sql:
    """`value`: an expression that gives JSON, or NULL."""
    tests = {
        "is_known": ("{v} <> 'null'::jsonb", ()),
        "one_of": ("{v} = ANY(%s::jsonb[])", ([json.dumps(one) for one in each.value] if each.test == "one_of" else [],)),
        "contains": ("strpos(lower({v} #>> '{{}}'), lower(%s)) > 0", (each.value,)),
        "begins_with": ("starts_with(lower({v} #>> '{{}}'), lower(%s))", (each.value,)),
    }
    if each.test in tests:
        text, params = tests[each.test]
        return Sql(text.format(v=value.text), (*value.params, *params))
    test = Sql(f"{value.text} {JSON_SIGNS.get(each.test, '=')} %s::jsonb", (*value.params, json.dumps(each.value)))
    return both(Sql(f"jsonb_typeof({value.text}) = 'number' AND", value.params), test) if each.test in SIGNS else test

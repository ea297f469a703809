"""A rule in, one statement that selects the ids of the customers who match out. Leaves no row.

Three kinds of part meet in a group, and each is joined with its like before anything is joined across:
- a condition on the customer's row: all of them together are one look at that row;
- a tally over the events of a type: all of them together are one pass over those events;
- a set of ids (a segment, a score, a nested group of mixed kinds).
A part may stand for everybody *but* those it selects ("did not", "none"). Such a part is never computed by itself: it is taken
away by an anti join, which has no trouble with NULL as NOT IN has. By the laws of De Morgan any tree comes down to this.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.utils import timezone

from accounts import tenancy
from customers import visibility
from customers.models import LifecycleRule, Segment
from customers.segments import predicates, tallies
from customers.segments.rule import AttributeLeaf, EventLeaf, Group, Leaf, Rule, ScoreLeaf, SegmentLeaf
from customers.segments.sql import Sql, both, join, sql
from customers.segments.tallies import SIGNS, Tally
from customers.segments.windows import Clock

CUSTOMERS = "customers_customer c"
PRESENT = "c.tenant_id = %s AND c.merged_into_id IS NULL"
AT_LEAST = "count(*) >= %s"
MEMBERS = "SELECT m.customer_id FROM customers_segmentmember m WHERE m.tenant_id = %s AND m.segment_id = %s"
ROOT = "COALESCE(c.root_id, c.id)"
LISTED = f"""SELECT {ROOT} AS customer_id FROM customers_segmentmember m
JOIN customers_customer c ON c.tenant_id = m.tenant_id AND c.id = m.customer_id WHERE m.tenant_id = %s AND m.segment_id = %s"""  # noqa: S608


class Compiled(NamedTuple):
    """`sql` selects one column, `customer_id`: each matching customer once, in no order."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True)
class Row:
    """A condition on the customer's own row; unknown counts as no."""

    when: Sql

    def opposite(self) -> "Row":
        return Row(self.when.within("(", ") IS NOT TRUE"))


@dataclass(frozen=True)
class Ids:
    """A statement that selects `customer_id`, each once. `is_present`: none of them is merged into another."""

    select: Sql
    is_present: bool
    is_all_but: bool = False
    pieces: tuple["Ids", ...] = ()  # of a union: to take it away, each is taken away
    repeats: Sql | None = None  # the same ids, some more than once: enough to take them away, and cheaper

    def opposite(self) -> "Ids":
        return replace(self, is_all_but=not self.is_all_but)


Part = Row | Tally | Ids


def compile(rule: Rule, *, at: datetime | None = None, only: Sequence[int] | None = None) -> Compiled:  # noqa: A001 - read as segments.compile
    """For the tenant of the open scope. `at`: the moment that "the last 30 days" end at; `only`: look at these customers alone."""
    return compile_part(rule.root, at=at, only=only, purpose=rule.purpose)


def compile_part(part: Group | Leaf, *, at: datetime | None = None, only: Sequence[int] | None = None, purpose: str = "") -> Compiled:
    """As `compile`, for one group or one leaf of a rule. With a `purpose`, who does not allow it is not there."""
    tenant = tenancy.current()
    compiler = _Compiler(tenant.pk, Clock(at or timezone.now(), tenant.zone), None if only is None else list(only))
    compiled = compiler.part(part)
    return Compiled(*compiler.selected(compiler.seen(compiled, purpose) if purpose else compiled))


class _Compiler:
    def __init__(self, tenant_id: int, clock: Clock, only: list[int] | None) -> None:
        self.tenant_id, self.clock, self.only = tenant_id, clock, only

    @cached_property
    def scores_for(self) -> str:
        return LifecycleRule.objects.values_list("purpose", flat=True).first() or ""

    def part(self, part: Group | Leaf) -> Part:
        if isinstance(part, Group):
            return self.group("any" if part.kind == "any" else "all", list(self.flat(part)))
        if isinstance(part, AttributeLeaf):
            return Row(predicates.condition(part, self.clock))
        if isinstance(part, EventLeaf):
            return tallies.tally(part, self.clock)
        return self.segment(part) if isinstance(part, SegmentLeaf) else self.score(part)

    def flat(self, group: Group) -> Iterator[Part]:
        """The parts of a group, with those of groups within it that say the same: "none of a and b" is "all of not a and not b"."""
        if group.kind == "none":
            yield from (part.opposite() for part in self.flat(Group("any", group.parts)))
            return
        for each in group.parts:
            is_same = isinstance(each, Group) and (each.kind == group.kind or (group.kind, each.kind) == ("all", "none"))
            yield from self.flat(each) if is_same else [self.part(each)]

    def group(self, kind: str, parts: list[Part]) -> Part:
        """`kind`: all or any."""
        parts = _joined(parts, "AND" if kind == "all" else "OR")
        if len(parts) == 1:
            return parts[0]
        return self.all_of(parts) if kind == "all" else self.any_of(parts)

    def all_of(self, parts: list[Part]) -> Ids:
        """Those in every part. Where every part is an "all but", so is the whole: all but those in any."""
        rows = [part for part in parts if isinstance(part, Row)]
        ids = [self.ids(part) for part in parts if not isinstance(part, Row)]
        within, without = [each for each in ids if not each.is_all_but], [each for each in ids if each.is_all_but]
        if not rows and not within and without:
            return self.union([each.opposite() for each in without]).opposite()
        return Ids(self.intersection(rows, within, without), is_present=True)

    def any_of(self, parts: list[Part]) -> Ids:
        """Those in some part. Where a part is an "all but", so is the whole: all but those in every opposite."""
        opposites = [part.opposite() for part in parts]
        if any(self.is_all_but(part) for part in parts):
            return self.all_of(opposites).opposite()
        return self.union([self.ids(part) for part in parts])

    def is_all_but(self, part: Part) -> bool:
        return part.holds_for_none if isinstance(part, Tally) else isinstance(part, Ids) and part.is_all_but

    def ids(self, part: Part) -> Ids:
        """The part as a statement."""
        if isinstance(part, Ids):
            return part
        if isinstance(part, Row):
            return Ids(self.intersection([part], [], []), is_present=True)
        if part.holds_for_none:
            return self.ids(part.opposite()).opposite()
        return self.events(part)

    def union(self, ids: list[Ids]) -> Ids:
        select = join(" UNION ", [each.select.within("(", ")") for each in ids])
        return Ids(select, is_present=all(each.is_present for each in ids), pieces=tuple(ids))

    def intersection(self, rows: Iterable[Row], within: list[Ids], without: list[Ids]) -> Sql:
        """One statement; the table of customers takes part only where it is needed."""
        rows, without = list(rows), [piece for each in without for piece in each.pieces or (each,)]
        if rows or not any(each.is_present for each in within):
            key, tables, where = "c.id", [sql(CUSTOMERS)], [sql(PRESENT, self.tenant_id), *self.given("c.id")]
        else:
            first, within = _present_first(within)
            key, tables, where = "i.customer_id", [first.select.within("(", ") i")], []
        tables += [each.select.within("JOIN (", f") i{n} ON i{n}.customer_id = {key}") for n, each in enumerate(within)]
        tables += [
            (each.repeats or each.select).within("LEFT JOIN (", f") o{n} ON o{n}.customer_id = {key}") for n, each in enumerate(without)
        ]
        where += [each.when.within("(", ")") for each in rows] + [sql(f"o{n}.customer_id IS NULL") for n in range(len(without))]
        only = [sql("WHERE"), join(" AND ", where)] if where else []
        return both(sql(f"SELECT {key} AS customer_id FROM"), *tables, *only)

    def events(self, tally: Tally) -> Ids:
        """One pass over the events of a type, a line a customer."""
        kept = [sql("e.tenant_id = %s AND e.type_id = %s", self.tenant_id, tally.type_id), tally.span.condition("e.occurred_at")]
        kept += [*([tally.where] if tally.where.text else []), *self.given("e.customer_id")]
        term = tally.term(tally.span)
        is_any = term == sql(AT_LEAST, 1)
        select = both(sql("SELECT e.customer_id FROM customers_event e WHERE"), join(" AND ", kept))
        once = both(select, sql("GROUP BY e.customer_id"), *([] if is_any else [sql("HAVING"), term]))
        return Ids(once, is_present=True, repeats=select if is_any else None)

    def segment(self, leaf: SegmentLeaf) -> Ids:
        """Members of a list stay with the row they were told of, so that a merge can be undone; its root stands for them."""
        is_list = leaf.segment.kind == Segment.Kind.LIST
        select = join(
            " AND ",
            [sql(LISTED if is_list else MEMBERS, self.tenant_id, leaf.segment.pk), *self.given(ROOT if is_list else "m.customer_id")],
        )
        return Ids(both(select, sql("GROUP BY 1")) if is_list else select, is_present=is_list, is_all_but=not leaf.is_in)

    def score(self, leaf: ScoreLeaf) -> Ids:
        """Of those who allow what scores are for now: who took that back an hour ago has a score until tonight."""
        select = sql("SELECT s.customer_id FROM customers_score s WHERE s.tenant_id = %s", self.tenant_id)
        seen = [visibility.condition(self.scores_for, self.tenant_id, "s.customer_id")] if self.scores_for else []
        return Ids(join(" AND ", [select, _score(leaf), *seen, *self.given("s.customer_id")]), is_present=False)

    def seen(self, part: Part, purpose: str) -> Part:
        """Only those of the part who allow the purpose."""
        select, is_all_but = visibility.select(purpose, self.tenant_id)
        return self.all_of([part, Ids(select, is_present=True, is_all_but=is_all_but)])

    def given(self, key: str) -> list[Sql]:
        return [] if self.only is None else [sql(f"{key} = ANY(%s::bigint[])", self.only)]

    def selected(self, part: Part) -> Sql:
        ids = self.ids(part)
        if ids.is_all_but:
            return self.intersection([], [], [ids.opposite()])
        return ids.select if ids.is_present else self.intersection([], [ids], [])


def _joined(parts: list[Part], word: str) -> list[Part]:
    """Conditions on the row become one, tallies of one key become one."""
    rows = [part.when for part in parts if isinstance(part, Row)]
    by_key: dict[tuple[int, str], list[Tally]] = {}
    for part in parts:
        if isinstance(part, Tally):
            by_key.setdefault(part.key, []).append(part)
    together = [Row(join(f" {word} ", [row.within("(", ")") for row in rows]))] if rows else []
    return [*together, *(tallies.joined(same, word) for same in by_key.values()), *(part for part in parts if isinstance(part, Ids))]


def _present_first(within: list[Ids]) -> tuple[Ids, list[Ids]]:
    first = next(each for each in within if each.is_present)
    return first, [each for each in within if each is not first]


def _score(leaf: ScoreLeaf) -> Sql:
    if leaf.test == "between":
        return sql(f"s.{leaf.score} BETWEEN %s AND %s", *leaf.value)
    if leaf.test == "one_of":
        return sql("s.lifecycle = ANY(%s::varchar[])", leaf.value)
    column = sql(f"s.{leaf.score} {SIGNS[leaf.test]} %s", leaf.value)
    return column if leaf.score == "orders" else both(column, sql("AND s.currency = %s", leaf.currency))

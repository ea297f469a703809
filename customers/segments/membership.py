"""Who has changed (`Touch`) or which rule moves with the clock in; `SegmentMember` and `SegmentChange` rows by difference out.

A refresh asks the rule, compares with who is in, and writes only what differs: one statement a segment. Segments that others are
built on come first. What changed in a segment touches the same customers for the segments above it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts import tenancy
from accounts.models import Tenant
from customers import staging, touching
from customers.models import Segment, SegmentMember
from customers.models.touch import EVERYBODY
from customers.segments import compiling, counting, versions
from customers.segments.counting import FOR_A_JOB, FOR_SETS, TookTooLong
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.rule import Rule
from customers.segments.vocabulary import Vocabulary
from customers.segments.windows import Clock

MINUTES = timedelta(minutes=15)  # how often a rule with a window of hours is looked at again
AFTER_A_FAULT = timedelta(hours=1)

# Takes every Touch that nobody else is working on; what is written meanwhile stays for the next time.
CLAIM = """
DELETE FROM customers_touch WHERE tenant_id = %(tenant)s AND id IN (
  SELECT id FROM customers_touch WHERE tenant_id = %(tenant)s FOR UPDATE SKIP LOCKED
) RETURNING customer_id
"""
# With the rows that are merged into them, who leave, and the roots of those that are merged.
FAMILY = """
SELECT COALESCE(root_id, id) FROM customers_customer WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::bigint[])
UNION SELECT id FROM customers_customer WHERE tenant_id = %(tenant)s AND merged_into_id IS NOT NULL AND root_id = ANY(%(ids)s::bigint[])
"""
# Members that match no longer go, customers that match and are no members come, and both are noted. Answers who
# (up to so many), and with each how many came and went in all.
DIFFERENCE = """
WITH matching AS MATERIALIZED ({compiled}),
gone AS (
  DELETE FROM customers_segmentmember m
  WHERE m.tenant_id = %s AND m.segment_id = %s AND {only} NOT EXISTS (SELECT FROM matching WHERE matching.customer_id = m.customer_id)
  RETURNING m.tenant_id, m.segment_id, m.customer_id
),
come AS (
  INSERT INTO customers_segmentmember (tenant_id, segment_id, customer_id, since)
  SELECT c.tenant_id, %s, c.id, %s FROM matching JOIN customers_customer c ON c.tenant_id = %s AND {those} c.id = matching.customer_id
    LEFT JOIN customers_segmentmember m ON m.tenant_id = c.tenant_id AND m.segment_id = %s AND {only} m.customer_id = c.id
  WHERE m.customer_id IS NULL
  ON CONFLICT (tenant_id, segment_id, customer_id) DO NOTHING
  RETURNING tenant_id, segment_id, customer_id
),
noted AS (
  INSERT INTO customers_segmentchange (tenant_id, segment_id, customer_id, has_joined, version, at)
  SELECT tenant_id, segment_id, customer_id, false, %s, %s FROM gone
  UNION ALL SELECT tenant_id, segment_id, customer_id, true, %s, %s FROM come
  RETURNING customer_id, has_joined
)
SELECT customer_id, count(*) FILTER (WHERE has_joined) OVER (), count(*) FILTER (WHERE NOT has_joined) OVER () FROM noted LIMIT %s
"""


class Moved(NamedTuple):
    joined: int
    left: int


def work_off(tenant: Tenant) -> int:
    """Everything that waits: touched customers first, then rules that move with the clock. A transaction a step. Answers how many steps."""
    steps = 0
    while _step(tenant):
        steps += 1
    for segment_id in _due(tenant):
        with tenancy.scope(tenant):
            refresh_one(segment_id)
        steps += 1
    return steps


def _step(tenant: Tenant) -> bool:
    with tenancy.scope(tenant):
        return refresh_touched() > 0


def refresh_touched(*, at: datetime | None = None) -> int:
    """Takes the touched customers and looks at them again, in every segment by rule. Answers how many were touched."""
    touched = {row[0] for row in staging.rows(CLAIM)}
    if not touched:
        return 0
    is_everybody = EVERYBODY in touched or len(touched) > touching.MANY
    only = None if is_everybody else sorted(touched.union(row[0] for row in staging.rows(FAMILY, {"ids": list(touched)})))
    for segment in _in_order():
        refresh(segment, at=at, only=only)
    return len(touched)


def refresh_one(segment_id: int, *, at: datetime | None = None) -> Moved:
    """All of one segment. Segments built on it look at those who moved when the touched are next worked off."""
    segment = Segment.objects.by_rule().in_use().filter(pk=segment_id).first()
    if segment is None or not segment.version:
        return Moved(0, 0)
    return refresh(segment, at=at, tells=bool(versions.used_in().get(segment.pk)))


def refresh(segment: Segment, *, at: datetime | None = None, only: Sequence[int] | None = None, tells: bool = False) -> Moved:
    """Members by difference, the size and the time; a rule that cannot be asked leaves its reason. `tells`: touches who moved."""
    at = at or timezone.now()
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)  # one refresh of a segment at a time
    only = None if segment.refresh_error or segment.refreshed_at is None else only
    try:
        moved = _move(segment, _rule_of(segment), at, only)
    except (BadRule, TookTooLong) as fault:
        _note(segment, at, error=str(fault)[:300])
        return Moved(0, 0)
    _note(segment, at)
    if tells:
        touching.touch([customer_id for customer_id, *_counts in moved])
    return Moved(*moved[0][1:]) if moved else Moved(0, 0)


def _rule_of(segment: Segment) -> Rule:
    return parse(versions.newest(segment).rule, Vocabulary.load(segment.purpose))


def _move(segment: Segment, rule: Rule, at: datetime, only: Sequence[int] | None) -> list[tuple[int, int, int]]:
    compiled, tenant_id = compiling.compile(rule, at=at, only=only), tenancy.current().pk
    few, given = ("", []) if only is None else ("{}.{} = ANY(%s::bigint[]) AND", [list(only)])
    statement = DIFFERENCE.format(compiled=compiled.sql, only=few.format("m", "customer_id"), those=few.format("c", "id"))
    note = [segment.version, at]
    # By hashes for few as well: they are named on every side of a join, so no side is large, and no guess makes it quadratic.
    with counting.within(FOR_A_JOB, FOR_SETS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement,
            [
                *compiled.params,
                tenant_id,
                segment.pk,
                *given,
                segment.pk,
                at,
                tenant_id,
                *given,
                segment.pk,
                *given,
                *note,
                *note,
                touching.MANY + 1,
            ],
        )
        return cursor.fetchall()


def _note(segment: Segment, at: datetime, *, error: str = "") -> None:
    size = segment.size if error else SegmentMember.objects.filter(segment=segment).count()
    Segment.objects.filter(pk=segment.pk).update(size=size, refreshed_at=at, refresh_error=error)


def _in_order() -> list[Segment]:
    """Segments by rule, those that others are built on first."""
    by_id = {segment.pk: segment for segment in Segment.objects.by_rule().in_use().filter(version__gt=0)}
    order = TopologicalSorter({pk: sorted(used) for pk, used in sorted(versions.graph().items())}).static_order()
    return [by_id[pk] for pk in order if pk in by_id]


def _due(tenant: Tenant) -> list[int]:
    with tenancy.scope(tenant):
        now, vocabulary, rules = timezone.now(), Vocabulary.load(), versions.current_rules()
        created = versions.created()
        return [row.pk for row in _in_order() if is_due(row, _moves(rules[row.pk], vocabulary), max(created[row.pk], row.created_at), now)]


def _moves(raw: dict, vocabulary: Vocabulary) -> str:
    try:
        return parse(raw, vocabulary).follows_clock
    except BadRule:
        return "day"


def is_due(segment: Segment, moves: str, saved_at: datetime, now: datetime) -> bool:
    """Never asked since it was saved, or the clock has moved it: each local midnight for days, each quarter of an hour for hours."""
    last = segment.refreshed_at
    if last is None or last < saved_at:
        return True
    if segment.refresh_error and last < now - AFTER_A_FAULT:
        return True
    clock = Clock(now, tenancy.current().zone)
    return (moves == "day" and last < clock.midnight(clock.today)) or (moves == "minute" and last < now - MINUTES)

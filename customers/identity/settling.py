"""A plan in, its rows out: customers, identifiers, devices that stop telling, merges. One statement a kind of row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from accounts import tenancy
from customers.identity.planning import Joined, Plan
from customers.models import Source
from customers.staging import json, run, stage

LOCK = 4_1001  # the first half of the advisory locks of this room

RECORD = {"values": "jsonb", "said_at": "timestamptz", "times": "jsonb", "earlier": "jsonb", "undeclared": "jsonb"}
NOT_SAID = (None,) * len(RECORD)

# What a row shows, made of the values that won; {a} is the column or alias that holds them.
FACE = {
    "email": "left(coalesce({a} ->> 'email', ''), 254)",
    "name": "left(trim(concat_ws(' ', {a} ->> 'first_name', {a} ->> 'last_name')), 200)",
    "name_key": "left(lower(normalize(trim(concat_ws(' ', {a} ->> 'first_name', {a} ->> 'last_name')))), 200)",
    "family_key": "left(lower(normalize(trim(coalesce({a} ->> 'last_name', '')))), 100)",
}
NEW_CUSTOMERS = f"""
INSERT INTO customers_customer (tenant_id, id, attributes, {", ".join(FACE)}, is_identified, created_at, changed_at)
SELECT tenant_id, id, attributes, {", ".join(FACE.values()).format(a="attributes")}, is_identified, at, at
  FROM (SELECT tenant_id, id, coalesce(jsonb_strip_nulls(values), '{{}}') AS attributes, is_identified, at FROM newcomer OFFSET 0) n
"""  # noqa: S608 - made of constants
# What was said of them goes with them, to where `portrait` keeps it.
NEW_RECORDS = """
INSERT INTO customers_sourcerecord (tenant_id, customer_id, source_id, values, said_at, times, earlier, undeclared)
SELECT tenant_id, id, %(source)s, values, said_at, times, earlier, undeclared FROM newcomer WHERE values IS NOT NULL
"""
NEW_IDENTIFIERS = """
INSERT INTO customers_identifier (tenant_id, customer_id, kind, space, value, source_id, seen_at)
SELECT tenant_id, customer_id, kind, space, value, %(source)s, seen_at FROM claimed
"""
SHARED_DEVICES = """
UPDATE customers_identifier i SET customer_id = s.customer_id, shared_at = s.at
  FROM shared_device s
 WHERE i.tenant_id = s.tenant_id AND i.kind = 'anonymous' AND i.space = 0 AND i.value = s.value
"""
IDENTIFIED = "UPDATE customers_customer SET is_identified = true WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND NOT is_identified"

NEW_MERGES = """
INSERT INTO customers_merge (tenant_id, merged_id, into_id, reason, evidence, source_id, by_id, at)
SELECT tenant_id, merged_id, into_id, reason, evidence, %(source)s, %(by)s, at FROM joined
"""
# The merged rows get a parent; what stood under them gets a new root; what they did counts for the root.
NEW_PARENTS = """
UPDATE customers_customer c SET merged_into_id = j.into_id, root_id = j.root_id, changed_at = j.at
  FROM joined j WHERE c.tenant_id = j.tenant_id AND c.id = j.merged_id
"""
NEW_ROOTS = """
UPDATE customers_customer c SET root_id = j.root_id
  FROM joined j WHERE c.tenant_id = j.tenant_id AND c.root_id = j.merged_id AND c.merged_into_id IS NOT NULL
"""
MOVED_EVENTS = """
UPDATE customers_event e SET customer_id = j.root_id FROM joined j WHERE e.tenant_id = j.tenant_id AND e.customer_id = j.merged_id
"""
NO_SCORES = "DELETE FROM customers_score s USING joined j WHERE s.tenant_id = j.tenant_id AND s.customer_id = j.merged_id"


def lock() -> None:
    """Until the end of the transaction nobody else in this tenant decides who is who."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenancy.current().pk % 2**31])


def settle(plan: Plan, records: Mapping[int, tuple[Any, ...]], source: Source) -> None:
    """Writes the plan, and of new customers what was said of them: by id, in the order of RECORD.

    Made under `lock`, in the transaction of `plan`.
    """
    if plan.new:
        _new_customers(plan, records, source)
    if plan.identifiers:
        _new_identifiers(plan, source)
    if plan.shared:
        columns = {"value": "text", "customer_id": "bigint", "at": "timestamptz"}
        stage("shared_device", columns, ((claim.value, row, at) for claim, (row, at) in plan.shared.items()), joins=True)
        run(SHARED_DEVICES)
    if plan.identified:
        run(IDENTIFIED, {"ids": list(plan.identified)})
    if plan.joined:
        write_merges(plan.joined, source_id=source.pk)


def write_merges(joined: list[Joined], *, source_id: int | None = None, by_id: int | None = None) -> None:
    columns = {"merged_id": "bigint", "into_id": "bigint", "root_id": "bigint", "reason": "text", "evidence": "jsonb", "at": "timestamptz"}
    stage("joined", columns, (_joined_row(one) for one in joined), joins=True)
    run(NEW_MERGES, {"source": source_id, "by": by_id})
    for statement in (NEW_PARENTS, NEW_ROOTS, MOVED_EVENTS, NO_SCORES):
        run(statement)


def _joined_row(one: Joined) -> tuple[int, int, int, str, str, datetime]:
    evidence = [{"kind": str(claim.kind), "space": claim.space, "value": claim.value} for claim in one.evidence]
    return (one.merged_id, one.into_id, one.root_id, str(one.reason), json(evidence), one.at)


def _new_customers(plan: Plan, records: Mapping[int, tuple[Any, ...]], source: Source) -> None:
    columns = {"id": "bigint", "is_identified": "boolean", "at": "timestamptz", **RECORD}
    rows = ((row, newcomer.is_identified, newcomer.at, *records.get(row, NOT_SAID)) for row, newcomer in plan.new.items())
    stage("newcomer", columns, rows)
    run(NEW_CUSTOMERS)
    if records:
        run(NEW_RECORDS, {"source": source.pk})


def _new_identifiers(plan: Plan, source: Source) -> None:
    columns = {"customer_id": "bigint", "kind": "text", "space": "bigint", "value": "text", "seen_at": "timestamptz"}
    rows = ((row, *claim, at) for claim, (row, at) in plan.identifiers.items())
    stage("claimed", columns, rows)
    run(NEW_IDENTIFIERS, {"source": source.pk})

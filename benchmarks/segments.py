"""What a compiled segment costs: each rule against the best SQL written by hand, on the same tables, as the app role in its scope."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from psycopg import Connection  # noqa: E402

from accounts import tenancy  # noqa: E402
from accounts.models import Tenant  # noqa: E402
from customers import catalogue  # noqa: E402
from customers.models import Attribute, EventType, Source  # noqa: E402
from customers.segments import compiling, counting  # noqa: E402
from customers.segments.parsing import parse  # noqa: E402
from customers.segments.vocabulary import Vocabulary  # noqa: E402
from tests import databases  # noqa: E402

AT = datetime(2026, 7, 1, tzinfo=UTC)
EVENTS_EACH = 20
TABLES = ("customers_customer", "customers_event")

# A seeded choice without a seed: a hash of the row's number, evenly spread over 0..9999.
PICK = "((hashint8(n * 31 + {salt})::bigint & 2147483647) %% 10000)"
CUSTOMERS = f"""
INSERT INTO customers_customer (tenant_id, attributes, email, name, name_key, family_key, is_identified, created_at, changed_at)
SELECT %(tenant)s, jsonb_build_object(
    'city', (ARRAY['Utrecht','Amersfoort','Zeist','Amsterdam','Rotterdam','Den Haag','Ede','Delft','Leiden','Breda'])
      [1 + {PICK.format(salt=1)} / 1000],
    'country', (ARRAY['NL','NL','NL','NL','NL','NL','DE','DE','BE','FR'])[1 + {PICK.format(salt=2)} / 1000],
    'plan', (ARRAY['basic','basic','basic','silver','gold'])[1 + {PICK.format(salt=3)} / 2000],
    'age', 16 + {PICK.format(salt=4)} / 140, 'birthday', to_char(date '1940-01-01' + ({PICK.format(salt=5)} * 2)::int, 'YYYY-MM-DD')),
  n || '@bench.example', 'Customer ' || n, '', '', true, timestamptz '2024-01-01', timestamptz '2024-01-01'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
# 60% views, 25% opens, 15% orders; customers with low numbers in their thousand do far more than others; three years of time.
EVENTS = f"""
INSERT INTO customers_event (tenant_id, customer_id, origin_id, type_id, source_id, occurred_at, received_at, message_id, amount,
  currency, properties)
SELECT %(tenant)s, id, id, (%(types)s::bigint[])[kind], %(source)s, at, at, gen_random_uuid(),
  CASE WHEN kind = 3 THEN 500 + {PICK.format(salt=14)} END, CASE WHEN kind = 3 THEN 'EUR' ELSE '' END,
  jsonb_build_object('category', (ARRAY['jazz','rock','soul','pop','classical'])[1 + {PICK.format(salt=15)} / 2000])
FROM (SELECT n, CASE WHEN {PICK.format(salt=11)} < 6000 THEN 1 WHEN {PICK.format(salt=11)} < 8500 THEN 2 ELSE 3 END AS kind,
    timestamptz '2026-07-01' - make_interval(mins => ({PICK.format(salt=12)} * 157 + {PICK.format(salt=16)} / 64)::int) AS at,
    %(base)s + 1 + (pow({PICK.format(salt=13)} / 10000.0 + {PICK.format(salt=17)} / 100000000.0, 2) * (%(customers)s - 1))::bigint AS id
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) n) drawn
"""  # fmt: skip
ORDER, OPEN, VIEW = "Order Completed", "Email Opened", "Product Viewed"
C = "customers_customer c WHERE c.tenant_id = {tenant} AND c.merged_into_id IS NULL"
E = "customers_event e WHERE e.tenant_id = {tenant} AND e.type_id = {%s} AND e.occurred_at <= '2026-07-01'"
LAST = " AND e.occurred_at >= '2026-07-01'::timestamp AT TIME ZONE 'Europe/Amsterdam' - interval '%d days'"


class Case(NamedTuple):
    rule: dict[str, Any]
    hand: str


def event(name: str, days: int = 0) -> str:
    return E % name + (LAST % days if days else "")


def did(name: str, days: int = 0, **more: Any) -> dict[str, Any]:
    return {"event": name, **({"window": {"last_days": days}} if days else {}), **more}


CASES = {
    "attributes": Case(
        {
            "all": [
                {"attribute": "city", "one_of": ["Utrecht", "Zeist"]},
                {"attribute": "plan", "is": "gold"},
                {"attribute": "age", "at_least": 30},
            ]
        },
        f"SELECT c.id FROM {C} AND c.attributes->>'city' IN ('Utrecht', 'Zeist') AND c.attributes->>'plan' = 'gold' "
        "AND c.attributes->'age' >= '30'",
    ),
    "twice in 90 days": Case(
        {"all": [did(ORDER, 90, times={"at_least": 2})]},
        f"SELECT e.customer_id FROM {event('order', 90)} GROUP BY e.customer_id HAVING count(*) >= 2",
    ),
    "not opened in 30 days": Case(
        {"all": [did(OPEN, 30, did=False)]},
        f"SELECT c.id FROM {C} AND NOT EXISTS (SELECT FROM {event('open', 30)} AND e.customer_id = c.id)",
    ),
    "twice, over 100, not in 90 days": Case(
        {
            "all": [
                did(ORDER, times={"at_least": 2}),
                did(ORDER, total={"more_than": 100, "currency": "EUR"}),
                did(ORDER, 90, did=False),
            ]
        },
        f"SELECT e.customer_id FROM {event('order')} GROUP BY e.customer_id HAVING count(*) >= 2 "
        "AND sum(e.amount) FILTER (WHERE e.currency = 'EUR') > 10000 AND max(e.occurred_at) < "
        "'2026-07-01'::timestamp AT TIME ZONE 'Europe/Amsterdam' - interval '90 days'",
    ),
    "ordered, lives there, not opened": Case(
        {
            "all": [
                did(ORDER, 90, times={"at_least": 2}),
                {"attribute": "country", "one_of": ["NL", "DE"]},
                did(OPEN, 30, did=False),
            ]
        },
        f"WITH p AS MATERIALIZED (SELECT e.customer_id FROM {event('order', 90)} GROUP BY e.customer_id HAVING count(*) >= 2), "
        f"o AS MATERIALIZED (SELECT DISTINCT e.customer_id FROM {event('open', 30)}) "
        "SELECT c.id FROM p JOIN customers_customer c ON c.id = p.customer_id AND c.tenant_id = {tenant} "
        "LEFT JOIN o ON o.customer_id = c.id "
        "WHERE o.customer_id IS NULL AND c.merged_into_id IS NULL AND c.attributes->>'country' IN ('NL', 'DE')",
    ),
    "one or the other": Case(
        {"any": [did(ORDER, 30), {"all": [did(VIEW, 14, times={"at_least": 3}), {"attribute": "plan", "is": "gold"}]}]},
        f"SELECT e.customer_id FROM {event('order', 30)} UNION SELECT c.id FROM {C} AND c.attributes->>'plan' = 'gold' AND c.id IN "
        f"(SELECT e.customer_id FROM {event('view', 14)} GROUP BY e.customer_id HAVING count(*) >= 3)",
    ),
    "jazz in 90 days": Case(
        {"all": [did(ORDER, 90, where=[{"property": "category", "is": "jazz"}])]},
        f"SELECT DISTINCT e.customer_id FROM {event('order', 90)} AND e.properties->>'category' = 'jazz'",
    ),
    "none of three": Case(
        {"none": [did(ORDER, 365), {"attribute": "plan", "is": "basic"}, did(OPEN, 7)]},
        f"SELECT c.id FROM {C} AND c.attributes->>'plan' IS DISTINCT FROM 'basic' "
        f"AND NOT EXISTS (SELECT FROM {event('order', 365)} AND e.customer_id = c.id) "
        f"AND NOT EXISTS (SELECT FROM {event('open', 7)} AND e.customer_id = c.id)",
    ),
}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000, help="customers; twenty events each")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    with database() as name:
        words = lay_out()
        began = time.perf_counter()
        fill(name, asked.rows, words)
        loaded = time.perf_counter() - began
        print(f"{asked.rows:,} customers and {asked.rows * EVENTS_EACH:,} events in {loaded:.0f} s", flush=True)
        report(asked.rows, {what: compare(what, case, words, asked.rounds) for what, case in CASES.items()}, loaded)
        connections.close_all()
        databases.close_pools()


@contextmanager
def database() -> Iterator[str]:
    """A scratch database with the wall up."""
    databases.as_owner(f'CREATE DATABASE "{databases.TEMPLATE}"')
    with databases.only(databases.TEMPLATE) as name:
        for alias in connections:
            settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
        call_command("migrate", verbosity=0)
        connections.close_all()
        yield name


def lay_out() -> dict[str, int]:
    """The tenant and its catalogue; the ids that statements by hand name."""
    tenant = Tenant.objects.create(name="Bench", slug="bench")
    with tenancy.scope(tenant):
        catalogue.lay_out()
        for key, kind in (("plan", Attribute.Type.TEXT), ("age", Attribute.Type.WHOLE)):
            Attribute.objects.create(key=key, label=key, type=kind)
        ids = {word: EventType.objects.get_or_create(name=name)[0].pk for word, name in (("view", VIEW), ("open", OPEN), ("order", ORDER))}
        return {"tenant": tenant.pk, "source": Source.objects.create(name="Bench", slug="bench").pk, **ids}


def fill(name: str, rows: int, words: dict[str, int]) -> None:
    """As the owner, without foreign keys and indexes, which come back afterwards; two batches at a time would gain little here."""
    with databases.owner_connection(name) as owner:
        owner.execute(f"SET app.tenant = '{words['tenant']}'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        back = strip(owner)
        load(owner, CUSTOMERS, rows, words)
        base = owner.execute("SELECT min(id) - 1 FROM customers_customer").fetchone()[0]
        types = [words["view"], words["open"], words["order"]]
        load(owner, EVENTS, rows * EVENTS_EACH, {**words, "base": base, "customers": rows, "types": types})
        for statement in back:
            owner.execute(statement)
        for table in TABLES:
            owner.execute(f"VACUUM ANALYZE {table}")


def load(owner: Connection, statement: str, rows: int, words: dict[str, Any], size: int = 1_000_000) -> None:
    for first in range(1, rows + 1, size):
        owner.execute(statement, {**words, "first": first, "last": min(first + size - 1, rows)})


def strip(owner: Connection) -> list[str]:
    """Takes foreign keys and indexes off the events; answers the statements that bring them back."""
    of_kind = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'customers_event'::regclass AND contype = ANY(%s)"
    )
    references, keys = (owner.execute(of_kind, [kinds]).fetchall() for kinds in (["f"], ["p", "u"]))
    for name, _definition in references:
        owner.execute(f'ALTER TABLE customers_event DROP CONSTRAINT "{name}"')
    kept = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'customers_event' AND NOT indexname = ANY(%s)"
    indexes = owner.execute(kept, [[name for name, _definition in keys]]).fetchall()
    for name, _definition in indexes:
        owner.execute(f'DROP INDEX "{name}"')
    for name, _definition in keys:
        owner.execute(f'ALTER TABLE customers_event DROP CONSTRAINT "{name}"')
    # Not validated: nothing was loaded that they would refuse, and to look would take as long as the load.
    walls = [f'ALTER TABLE customers_event ADD CONSTRAINT "{name}" {definition} NOT VALID' for name, definition in references]
    restore = [f'ALTER TABLE customers_event ADD CONSTRAINT "{name}" {definition}' for name, definition in keys]
    return [*walls, *restore, *(definition for _name, definition in indexes)]


def compare(what: str, case: Case, words: dict[str, int], rounds: int) -> dict[str, float]:
    """Milliseconds of each, best of the rounds; they take turns, with the same memory, and must find the same number.

    What else `counting.within` sets for a compiled statement is part of ours; a statement by hand gets memory and no compiler.
    """
    hand_sql, compiled = case.hand.format(**words), reader(case, words["tenant"])
    ours, hand, counts = [], [], set()
    for number in range(rounds + 1):
        turns = [
            (ours, compiled, ""),
            (hand, lambda: (hand_sql, None), "SET LOCAL enable_mergejoin = on; SET LOCAL enable_nestloop = on"),
        ]
        for taken, statement, before in turns if number % 2 else reversed(turns):
            took, count = timed(words["tenant"], statement, before)
            taken.append(took)
            counts.add(count)
    assert len(counts) == 1, (what, counts)
    ratio = statistics.median(one / other for one, other in zip(ours[1:], hand[1:], strict=True))
    figures = {"ratio": round(ratio, 3), "ours_ms": round(min(ours) * 1e3, 1), "hand_ms": round(min(hand) * 1e3, 1), "count": counts.pop()}
    shown = f"ours {figures['ours_ms']:>8} ms   by hand {figures['hand_ms']:>8} ms   ratio {figures['ratio']:<6} {figures['count']:>9,}"
    print(f"{what:34} {shown}", flush=True)
    return figures


def reader(case: Case, tenant_id: int) -> Callable[[], tuple[str, Any]]:
    """The rule is read once, as it is before it is asked; making the SQL of it counts as our time."""
    with tenancy.scope(Tenant.objects.get(pk=tenant_id)):
        rule = parse({"version": "portret-rule/1", **case.rule}, Vocabulary.load())
    return lambda: compiling.compile(rule, at=AT)


def timed(tenant_id: int, statement: Callable[[], tuple[str, Any]], before: str) -> tuple[float, int]:
    with tenancy.scope(Tenant.objects.get(pk=tenant_id)), counting.within(600), connection.cursor() as cursor:
        cursor.execute(before or "SELECT 1")
        began = time.perf_counter()
        sql, params = statement()
        cursor.execute(f"SELECT count(*) FROM ({sql}) found", params)
        count = cursor.fetchone()[0]
        return time.perf_counter() - began, count


def report(rows: int, figures: dict[str, dict[str, float]], loaded: float) -> None:
    ratio = statistics.geometric_mean(each["ratio"] for each in figures.values())
    head = {"name": "segments", "ratio": round(ratio, 3), "must": 1.2, "aim": 0.1, "customers": rows, "events": rows * EVENTS_EACH}
    print(json.dumps({**head, "load_s": round(loaded, 1), **figures}))


if __name__ == "__main__":
    main()

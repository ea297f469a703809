"""What the tenant wall costs: the same statements on the same rows with row security and without, as the app role."""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from psycopg import Connection  # noqa: E402

from tests import databases  # noqa: E402

WALLED, BARE = "accounts_auditentry", "bare_auditentry"
TENANTS = 50
COLUMNS = "tenant_id, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_name, user_agent, request_id"

# name: (statement, how often a round). {table} is the walled table or its bare twin; both filter by tenant, as the managers do.
STATEMENTS = {
    "row by id": ("SELECT * FROM {table} WHERE tenant_id = 7 AND id = 3007", 200),
    "newest page": ("SELECT * FROM {table} WHERE tenant_id = 7 ORDER BY id DESC LIMIT 50", 100),
    "page by action": ("SELECT * FROM {table} WHERE tenant_id = 7 AND action = 'user.signed_in' ORDER BY id DESC LIMIT 50", 100),
    "count": ("SELECT count(*) FROM {table} WHERE tenant_id = 7", 20),
    "add 1,000": (
        f"INSERT INTO {{table}} ({COLUMNS}) "
        "SELECT 7, now(), 'user', 1, 'Ana', 'user.signed_in', '', n, 'x', '', '' FROM generate_series(1, 1000) n",
        4,
    ),
}

# Shown beside the ratio, not in it: ILIKE is not leakproof, so the planner may not use what it knows of the column.
BESIDE = {"search text": ("SELECT * FROM {table} WHERE tenant_id = 7 AND actor_name ILIKE '%9 nobody%' ORDER BY id DESC LIMIT 50", 10)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=200_000, help="rows in all, over 50 tenants")
    options.add_argument("--rounds", type=int, default=15)
    asked = options.parse_args()
    with database() as name:
        fill(name, asked.rows)
        with databases.app_connection(name) as app:
            hot, beside = ({what: compare(app, *each, asked.rounds) for what, each in group.items()} for group in (STATEMENTS, BESIDE))
            report(asked.rows, hot, beside, scope_cost(app))


def database() -> "databases.Iterator[str]":
    """A scratch database with the wall up."""
    databases.as_owner(f'CREATE DATABASE "{databases.TEMPLATE}"')
    for alias in connections:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = databases.TEMPLATE
    call_command("migrate", verbosity=0)
    connections.close_all()
    return databases.only(databases.TEMPLATE)


def fill(name: str, rows: int) -> None:
    """The same rows in both tables, spread evenly; the bare twin has the same indexes and grants, and no policies."""
    app_role = settings.DATABASES["default"]["USER"]
    with databases.owner_connection(name) as owner:
        owner.execute(f"CREATE TABLE {BARE} (LIKE {WALLED} INCLUDING ALL)")
        owner.execute(f'GRANT SELECT, INSERT ON {BARE} TO "{app_role}"')
        for tenant in range(1, TENANTS + 1):
            with owner.transaction():
                owner.execute(f"SET LOCAL app.tenant = '{tenant}'")
                for table in (WALLED, BARE):
                    owner.execute(
                        f"INSERT INTO {table} ({COLUMNS}) SELECT %s, now(), 'user', n %% 9, n || ' nobody', "
                        "CASE WHEN n %% 10 = 0 THEN 'user.signed_in' ELSE 'member.viewed' END, '', n, 'x', '', '' "
                        "FROM generate_series(1, %s) n",
                        [tenant, rows // TENANTS],
                    )
        for table in (WALLED, BARE):
            owner.execute(f"VACUUM ANALYZE {table}")


def compare(app: Connection, statement: str, times: int, rounds: int) -> dict[str, float]:
    """Microseconds a statement, best of the rounds, and the median over the rounds of with / without. The two take turns."""
    walled, bare = [], []
    for number in range(rounds + 1):
        pair = [(WALLED, walled), (BARE, bare)]
        for table, taken in pair if number % 2 else reversed(pair):
            taken.append(timed(app, lambda table=table: [app.execute(statement.format(table=table)) for _ in range(times)]) / times)
    ratio = statistics.median(one / other for one, other in zip(walled[1:], bare[1:], strict=True))
    return {"ratio": round(ratio, 3), "with_us": round(min(walled) * 1e6, 1), "without_us": round(min(bare) * 1e6, 1)}


def timed(app: Connection, work: Callable[[], object]) -> float:
    """Seconds inside one scope, begin and commit left out. What was added is taken back."""
    with app.transaction(force_rollback=True):
        app.execute("SET LOCAL app.tenant = '7'")
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


def scope_cost(app: Connection) -> float:
    """Microseconds that opening a scope adds to a transaction: one SET LOCAL."""

    def transactions(*statements: str) -> float:
        began = time.perf_counter()
        for _ in range(300):
            with app.transaction():
                for statement in statements:
                    app.execute(statement)
        return (time.perf_counter() - began) / 300

    differences = [transactions("SET LOCAL app.tenant = '7'", "SELECT 1") - transactions("SELECT 1") for _ in range(7)]
    return statistics.median(differences) * 1e6


def report(rows: int, hot: dict[str, dict[str, float]], beside: dict[str, dict[str, float]], scope_us: float) -> None:
    for what, figures in {**hot, **beside}.items():
        print(f"{what:16} with {figures['with_us']:>9} µs   without {figures['without_us']:>9} µs   ratio {figures['ratio']}")
    ratio = statistics.geometric_mean(figures["ratio"] for figures in hot.values())
    print(
        json.dumps(
            {
                "name": "wall",
                "ratio": round(ratio, 3),
                "must": 1.1,
                "aim": 1.03,
                "rows": rows,
                "scope_us": round(scope_us, 1),
                **hot,
                **beside,
            }
        )
    )


if __name__ == "__main__":
    main()

"""What a page of a list costs with a million rows: as many queries as with a thousand; one keyset query stands beside it."""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402

from accounts import tenancy  # noqa: E402
from accounts.access import ENTERED  # noqa: E402
from accounts.models import Tenant, User  # noqa: E402
from accounts.tenancy import public_ids  # noqa: E402
from benchmarks._events import stage  # noqa: E402
from tests import databases  # noqa: E402

CUSTOMERS = """
INSERT INTO customers_customer (tenant_id, attributes, email, name, name_key, family_key, is_identified, created_at, changed_at)
SELECT %(tenant)s, jsonb_build_object('city', 'City ' || n %% 300), n || '@bench.example', 'Jan ' || n, 'jan ' || n, '' || n, true,
       now(), now()
  FROM generate_series(%(first)s, %(last)s) n
"""
PRODUCTS = """
INSERT INTO customers_product (tenant_id, product_id, name, name_key, category, currency, url, image_url, seen_at)
SELECT %(tenant)s, n::text, 'Record ' || n, 'record ' || n, 'c' || n %% 20, 'EUR', '', '', now() FROM generate_series(%(first)s, %(last)s) n
"""
FEW = 1_000
KEYSET = "SELECT * FROM customers_customer WHERE tenant_id = %s AND merged_into_id IS NULL ORDER BY id DESC LIMIT 51"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    asked = options.parse_args()
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=plain, ALLOWED_HOSTS=["testserver"]), stage() as scene:
        report(measured(scene.tenant, asked.rows, asked.rounds), asked.rows)


def measured(tenant: Tenant, rows: int, rounds: int) -> dict[str, dict[str, float]]:
    user = tenant.users.get()
    fill(tenant, 1, FEW)
    page_costs(user, tenant, 1)  # what a first request does once
    few = page_costs(user, tenant, rounds)
    fill(tenant, FEW + 1, rows)
    many = page_costs(user, tenant, rounds)
    limit = keyset_ms(tenant, rounds)
    return {
        name: {**cost, "queries_when_few": few[name]["queries"], "ms_when_few": few[name]["ms"], "keyset_query_ms": limit}
        for name, cost in many.items()
    }


def fill(tenant: Tenant, first: int, last: int) -> None:
    with tenancy.scope(tenant), connection.cursor() as cursor:
        for statement in (CUSTOMERS, PRODUCTS):
            cursor.execute(statement, {"tenant": tenant.pk, "first": first, "last": last})
    databases.as_owner("VACUUM ANALYZE customers_customer, customers_product", database=databases.TEMPLATE)


def page_costs(user: User, tenant: Tenant, rounds: int) -> dict[str, dict[str, float]]:
    client = Client()
    client.force_login(user)
    session = client.session
    session[ENTERED] = [tenant.pk]
    session.save()
    paths = {
        "first page": "customers/",
        "a page far down": f"customers/?before={_far(tenant)}",
        "by name": "customers/?q=jan+9",
        "by address": "customers/?q=77@bench.example",
        "products": "products/?q=record+5",
    }
    return {name: page_cost(client, f"/t/{tenant.slug}/{path}", rounds) for name, path in paths.items()}


def _far(tenant: Tenant) -> str:
    return public_ids.encode(tenant, 900)


def page_cost(client: Client, address: str, rounds: int) -> dict[str, float]:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return {"queries": len(queries), "ms": best(lambda: client.get(address), rounds)}


def keyset_ms(tenant: Tenant, rounds: int) -> float:
    def once() -> None:
        with tenancy.scope(tenant), connection.cursor() as cursor:
            cursor.execute(KEYSET, [tenant.pk])
            cursor.fetchall()

    return best(once, rounds)


def best(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds, the median of the rounds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1e3)
    return round(statistics.median(taken), 2)


def report(pages: dict[str, dict[str, float]], rows: int) -> None:
    for name, cost in pages.items():
        print(f"{name:18} {cost['queries']:>3} queries ({cost['queries_when_few']} of {FEW})   {cost['ms']:>7} ms ({cost['ms_when_few']})")
    ratio = max(cost["queries"] / cost["queries_when_few"] for cost in pages.values())
    print(json.dumps({"name": "lists", "ratio": ratio, "must": 1.0, "aim": 1.0, "rows": rows, **pages}))


if __name__ == "__main__":
    main()

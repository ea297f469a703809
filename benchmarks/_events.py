"""Events in two forms out: as a library of Segment sends them, and as lines for COPY into a twin of the event table, without the wall."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from accounts import organisation, tenancy
from accounts.audit import SYSTEM
from accounts.models import Tenant, User
from customers.models import Customer, EventType, Identifier, Source
from tests import databases

BATCH = 100
TWIN = "bare_event"
NAMES = ("Page Viewed", "Product Viewed", "Product Added", "Order Completed", "Cart Viewed")
COLUMNS = "tenant_id, customer_id, origin_id, type_id, source_id, occurred_at, received_at, message_id, amount, currency, properties"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """One event."""

    customer: int
    name: str
    at: datetime
    message_id: UUID
    properties: dict


@contextmanager
def stage() -> Iterator[SimpleNamespace]:
    """A scratch database with one tenant and one source."""
    databases.as_owner(f'CREATE DATABASE "{databases.TEMPLATE}"')
    for alias in connections:
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = databases.TEMPLATE
    with databases.only(databases.TEMPLATE):
        call_command("migrate", verbosity=0)
        owner = User.objects.create_user("owner@bench.example", "x" * 12, name="Owner")
        tenant = organisation.found(Tenant(name="Bench", slug="bench"), by=owner, actor=SYSTEM)
        with tenancy.scope(tenant):
            source = Source.objects.create(name="Shop", slug="shop")
        try:
            yield SimpleNamespace(database=databases.TEMPLATE, tenant=tenant, source=source)
        finally:
            connections.close_all()
            databases.close_pools()


def make(rows: int) -> list[Said]:
    """What a shop sends: 20 events a customer, half of them with a product, one in five an order."""
    chance = random.Random(7)
    return [
        Said(
            chance.randrange(max(rows // 20, 1)),
            chance.choice(NAMES),
            NOW - timedelta(seconds=chance.randrange(90 * 24 * 3600)),
            UUID(int=chance.getrandbits(128), version=4),
            {
                "product_id": f"sku-{chance.randrange(500)}",
                "price": chance.randrange(100, 9_999) / 100,
                "currency": "EUR",
                "url": "https://shop.example/a",
            },
        )
        for _ in range(rows)
    ]


def bodies(events: list[Said]) -> list[bytes]:
    """Batches of 100, as the Python library writes them."""
    library = {"library": {"name": "analytics-python", "version": "2.4.0"}}
    items = [
        {
            "type": "track",
            "userId": f"c{event.customer}",
            "event": event.name,
            "messageId": str(event.message_id),
            "timestamp": event.at.isoformat(),
            "context": library,
            "properties": event.properties,
        }
        for event in events
    ]
    return [
        json.dumps({"batch": items[start : start + BATCH], "sentAt": NOW.isoformat()}).encode() for start in range(0, len(items), BATCH)
    ]


def known(at: SimpleNamespace, events: list[Said]) -> tuple[dict[str, int], dict[int, int]]:
    """Rows for the customers and the kinds of events: ids by name, and by number of the customer."""
    with tenancy.scope(at.tenant):
        types = {name: EventType.objects.get_or_create(name=name)[0].pk for name in NAMES}
        numbers = sorted({event.customer for event in events})
        people = Customer.objects.bulk_create([Customer(created_at=NOW, changed_at=NOW, is_identified=True) for _ in numbers], 5_000)
        Identifier.objects.bulk_create(
            [
                Identifier(customer_id=row.pk, kind="external", space=at.source.pk, value=f"c{number}", source=at.source, seen_at=NOW)
                for number, row in zip(numbers, people, strict=True)
            ],
            5_000,
        )
    return types, {number: row.pk for number, row in zip(numbers, people, strict=True)}


def raw_copy(at: SimpleNamespace, events: list[Said]) -> float:
    """Events a second that COPY takes into a table with the same columns, indexes and foreign keys, and no row security. The limit."""
    types, customers = known(at, events)
    lines = "".join(_line(at, event, types[event.name], customers[event.customer]) for event in events).encode()
    with databases.owner_connection(at.database) as owner:
        owner.execute(f"SET app.tenant = '{at.tenant.pk}'")  # the check of a foreign key reads tables behind the wall
        owner.execute(f"CREATE TABLE {TWIN} (LIKE customers_event INCLUDING ALL)")
        keys = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'customers_event'::regclass AND contype = 'f'"
        for (key,) in owner.execute(keys).fetchall():
            owner.execute(f"ALTER TABLE {TWIN} ADD {key}")
        best = max(_copy(owner, lines, len(events)) for _ in range(3))
        owner.execute(f"DROP TABLE {TWIN}")
    return best


def _copy(owner: object, lines: bytes, rows: int) -> float:
    owner.execute(f"TRUNCATE {TWIN}")
    began = time.perf_counter()
    with owner.cursor() as cursor, cursor.copy(f"COPY {TWIN} ({COLUMNS}) FROM STDIN") as copy:
        for start in range(0, len(lines), 1 << 20):
            copy.write(lines[start : start + (1 << 20)])
    return rows / (time.perf_counter() - began)


def _line(at: SimpleNamespace, event: Said, type_id: int, customer_id: int) -> str:
    ids = f"{at.tenant.pk}\t{customer_id}\t{customer_id}\t{type_id}\t{at.source.pk}"
    return f"{ids}\t{event.at.isoformat()}\t{NOW.isoformat()}\t{event.message_id}\t\\N\tEUR\t{json.dumps(event.properties)}\n"

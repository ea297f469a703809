"""The drain with real commits: killed before any statement, several at once. Nothing is lost and nothing is stored twice."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts import tenancy
from customers.ingest import drain as inbox
from customers.models import Customer, Event, InboxBatch, QuarantinedItem, SourceDay
from tests import databases
from tests.conftest import make_cast
from tests.customers.sending import make_source, send, track
from tests.words import ROOT


@pytest.fixture
def cast(committed):
    return make_cast()


def filled(tenant, slug: str = "shop") -> None:
    """New customers, an event, an alias, an item for the quarantine, and a batch that came twice."""
    source = make_source(tenant, slug)
    items = [
        track("u1", "Order Completed", properties={"total": 5, "products": [{"product_id": "p1", "name": "One"}]}),
        {"type": "identify", "userId": "u2", "anonymousId": "d2", "traits": {"email": "bo@example.nl", "unknown": 1}},
        track(None, "Page Viewed", anonymousId="d2"),
        {"type": "alias", "userId": "u1", "previousId": "u0"},
        track("u3", timestamp="never"),
    ]
    send(source, *items)
    send(source, *items)


def left(tenant) -> tuple[int, ...]:
    """Everything that a drain leaves, as numbers."""
    with tenancy.scope(tenant):
        day = SourceDay.objects.first()
        counted = (day.accepted, day.duplicates, day.rejected) if day else ()
        found = (Event.objects.count(), Customer.objects.count(), QuarantinedItem.objects.count(), InboxBatch.objects.count())
    return (*found, *counted)


def killed_everywhere(tenant) -> int:
    """How many processes died, each before another statement of the drain."""
    environment = {**os.environ, "DATABASE_URL": databases.address(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "tests.customers.draining", str(tenant.pk)]
    return int(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=True).stdout)


def test_killed_before_every_statement_nothing_is_lost_or_stored_twice(cast):
    filled(cast.globex)
    inbox.drain(cast.globex)
    filled(cast.acme)
    connections.close_all()
    assert killed_everywhere(cast.acme) > 40
    inbox.drain(cast.acme)
    assert left(cast.acme) == left(cast.globex) == (2, 2, 1, 0, 6, 2, 2)


def test_five_drains_of_one_tenant_and_of_another_at_once(cast):
    for tenant in (cast.acme, cast.globex):
        source = make_source(tenant)
        for batch in range(12):
            send(
                source,
                *(track(f"u{number % 7}", properties={"product_id": f"p{number % 5}"}) for number in range(batch * 3, batch * 3 + 20)),
            )
    connections.close_all()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(_drain, [cast.acme, cast.globex] * 3))
    for tenant in (cast.acme, cast.globex):
        assert left(tenant)[:2] == (240, 7)
        assert left(tenant)[-3:] == (240, 0, 0)


def _drain(tenant) -> int:
    try:
        return inbox.drain(tenant)
    finally:
        connections.close_all()

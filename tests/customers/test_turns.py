"""Whose turn it is: an inbox that is full or broken, and the others that must not wait for it."""

import threading

import pytest
from django.db import connection

from accounts import tenancy
from customers import catalogue, tasks
from customers.ingest import drain as inbox
from customers.ingest import waking
from customers.models import Event, EventType, InboxBatch, QuarantinedItem, UndeclaredKey
from tests.customers.sending import make_source, send, track


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """The tenants for which a task sent a message to the worker; nobody reads them. What the door sends, from a thread, is left out."""
    tenants: list[int] = []

    def start(_name: str, tenant_id: int) -> None:
        if threading.current_thread() is threading.main_thread():
            tenants.append(tenant_id)

    monkeypatch.setattr(tasks.work, "start", start)
    return tenants


def test_the_tick_asks_for_every_inbox_that_waits_and_empties_none(cast, asked):
    for tenant in (cast.acme, cast.globex):
        send(make_source(tenant), track())
    tasks.drain()
    assert asked == [cast.acme.pk, cast.globex.pk]
    with tenancy.scope(cast.acme):
        assert InboxBatch.objects.count() == 1


def test_an_empty_inbox_is_not_asked_for(cast, asked):
    tasks.drain()
    assert asked == []


def test_a_full_inbox_goes_on_after_the_others(cast, asked, monkeypatch):
    monkeypatch.setattr(inbox, "CHUNK_BATCHES", 1)
    monkeypatch.setattr(inbox, "TURN", -1.0)
    source = make_source(cast.acme)
    for _ in range(3):
        send(source, track())
    asked.clear()
    tasks.drain_of(cast.acme.pk)
    with tenancy.scope(cast.acme):
        assert InboxBatch.objects.count() == 2
    assert asked == [cast.acme.pk]
    monkeypatch.setattr(inbox, "TURN", 10.0)
    tasks.drain_of(cast.acme.pk)
    assert asked == [cast.acme.pk]


def test_a_chunk_is_no_more_than_memory_holds(cast, monkeypatch):
    monkeypatch.setattr(inbox, "CHUNK_BYTES", 1_000)
    source = make_source(cast.acme)
    for _ in range(3):
        send(source, track(properties={"a": "x" * 600}))
    with tenancy.scope(cast.acme):
        assert len(inbox._claim()) == 1
    assert inbox.drain(cast.acme) == 3


@pytest.fixture
def full_catalogue(cast):
    with tenancy.scope(cast.acme):
        room = catalogue.MOST_TYPES - len(catalogue.event_types())
        EventType.objects.bulk_create(EventType(name=f"Made up {number}") for number in range(room - 1))


def test_names_made_up_without_end_cost_the_others_nothing(cast, full_catalogue):
    source = make_source(cast.acme)
    send(source, *(track(f"u{number}", f"Viewed /{number}" if number % 2 else "Product Viewed") for number in range(400)))
    with _Counter() as counter:
        inbox.drain(cast.acme)
    assert counter.statements < 120
    with tenancy.scope(cast.acme):
        assert Event.objects.count() == 201
        reasons = set(QuarantinedItem.objects.values_list("reason", flat=True))
    assert (len(reasons), next(iter(reasons)).partition(":")[0]) == (1, "event")


def test_keys_made_up_without_end_are_not_counted_without_end(cast, monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_KEYS_KEPT", 3)
    source = make_source(cast.acme)
    for number in range(5):
        send(source, {"type": "identify", "userId": "u1", "traits": {"shoe": 38, f"viewed_{number}": 1}})
        inbox.drain(cast.acme)
    with tenancy.scope(cast.acme):
        assert dict(UndeclaredKey.objects.values_list("key", "times")) == {"shoe": 5, "viewed_0": 1, "viewed_1": 1}


class _Counter:
    """How many statements went through Django."""

    statements = 0

    def __enter__(self):
        self.wrapper = connection.execute_wrapper(self)
        self.wrapper.__enter__()
        return self

    def __exit__(self, *problem):
        return self.wrapper.__exit__(*problem)

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        return execute(sql, params, many, context)


def test_a_portion_that_is_stored_piece_by_piece_does_not_use_up_the_locks(cast, monkeypatch):
    source = make_source(cast.acme)
    send(source, *(track(f"u{number}", "Product Viewed") for number in range(60)))
    take = inbox.intake.take

    def only_one(items, *args, **more):
        if len(items) > 1:
            raise ValueError
        return take(items, *args, **more)

    monkeypatch.setattr(inbox.intake, "take", only_one)
    with tenancy.scope(cast.acme):
        inbox.drain(cast.acme)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")
            assert cursor.fetchone()[0] < 250
        assert Event.objects.count() == 60


def test_a_broker_that_is_away_is_waited_for_once_a_tenant(monkeypatch):
    monkeypatch.setattr(waking, "PAUSE", 0.0)
    monkeypatch.setattr(waking, "_unsent", {7})
    monkeypatch.setattr(waking, "_asked", {})
    waking.wake(7)
    assert waking._asked == {}

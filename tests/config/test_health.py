"""/healthz tells that the process lives, /readyz what it can reach."""

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connections

from config import health


@pytest.fixture
def dead_broker(monkeypatch):
    """The address of a broker that is not there."""
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")  # which Celery reads before its settings
    before, current_app.conf.broker_url = current_app.conf.broker_url, "redis://127.0.0.1:1/0"
    current_app._pool = current_app.amqp._producer_pool = None
    yield
    current_app.conf.broker_url = before
    current_app._pool = current_app.amqp._producer_pool = None


def test_healthz_needs_nothing(client):
    assert client.get("/healthz", headers={"host": "a-load-balancer"}).json() == {"process": "ok"}


@pytest.mark.broker
def test_readyz_is_ready_when_everything_answers(client, db):
    health.heartbeat()
    answer = client.get("/readyz", headers={"host": "a-load-balancer"})
    assert answer.json() == {"database": "ok", "broker": "ok", "beat": "ok"}
    assert answer.status_code == 200


def test_readyz_names_the_broker_that_is_down(client, db, dead_broker):
    health.heartbeat()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["broker"] != "ok"


def test_readyz_names_a_beat_that_stands_still(client, db, monkeypatch):
    cache.set(health.HEARTBEAT, 0, timeout=None)
    assert client.get("/readyz").json()["beat"].startswith("last tick")
    cache.delete(health.HEARTBEAT)
    assert client.get("/readyz").json()["beat"] == "has not ticked yet"


@pytest.fixture
def dead_database(committed):
    """The default connection points at a port where nothing listens."""
    one = connections["default"]
    one.close()
    one.close_pool()
    before = dict(one.settings_dict)
    one.settings_dict.update(HOST="127.0.0.1", PORT="1")
    one.settings_dict["OPTIONS"] = {**before["OPTIONS"], "pool": {"min_size": 0, "max_size": 1, "timeout": 0.2}}
    yield
    one.close()
    one.close_pool()
    one.settings_dict.update(before)


def test_without_a_database_the_process_is_alive_but_not_ready(client, dead_database):
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] != "ok"


def test_without_a_database_a_page_says_so_and_when_to_come_back(client, dead_database):
    client.raise_request_exception = False
    client.cookies["portret_session"] = "x" * 32
    answer = client.get("/organisations/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["X-Request-Id"] in answer.text


def test_without_a_database_the_api_answers_a_problem(client, dead_database):
    client.raise_request_exception = False
    answer = client.get("/api/v1/key", headers={"authorization": "Bearer portret_acme_12345678_x"})
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"

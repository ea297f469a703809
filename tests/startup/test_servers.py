"""The embedded servers by themselves: what a killed or foreign predecessor left is put right."""

import os
import shutil
import signal

import pytest

from config.startup import servers
from config.startup.errors import CannotStart, Interrupted
from config.startup.postgres import THROWAWAY, Postgres
from config.startup.signals import Signals
from config.startup.state import open_state
from config.startup.valkey import Valkey
from tests.startup import product


@pytest.fixture
def state(folder):
    return open_state(folder / "state")


def started(part):
    part.start()
    part.wait()
    return part


def test_postgres_that_outlived_its_supervisor_is_stopped_first(state):
    stray = started(Postgres(state, Signals(), THROWAWAY))
    fresh = started(Postgres(state, Signals(), THROWAWAY))
    assert not stray.running.is_alive()
    assert fresh.is_ready()
    fresh.running.stop()


def test_pid_file_of_another_program_is_forgotten(state):
    first = started(Postgres(state, Signals(), THROWAWAY))
    first.running.stop()
    (first.data / "postmaster.pid").write_text(f"{os.getpid()}\n{first.data}\n")
    second = started(Postgres(state, Signals(), THROWAWAY))
    assert second.is_ready()
    second.running.stop()


def test_pid_file_that_a_power_cut_left_empty_is_forgotten(state):
    first = started(Postgres(state, Signals(), THROWAWAY))
    first.running.stop()
    (first.data / "postmaster.pid").write_text("")
    second = started(Postgres(state, Signals(), THROWAWAY))
    assert second.is_ready()
    second.running.stop()


def test_state_that_is_closed_to_postgres_gets_a_database_elsewhere(tmp_path):
    """Root's home and pytest's folders are closed to the user `postgres`."""
    server = started(Postgres(open_state(tmp_path / "state"), Signals(), THROWAWAY))
    assert (server.home == tmp_path / "state" / "postgres") is (os.geteuid() != 0)
    server.running.stop()
    server.remove()
    shutil.rmtree(server.state.run)
    assert not server.home.exists()


def test_database_of_another_version_is_refused(state):
    first = started(Postgres(state, Signals(), THROWAWAY))
    first.running.stop()
    (first.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(CannotStart, match="was made by PostgreSQL 14"):
        Postgres(state, Signals(), THROWAWAY).start()


def test_valkey_keeps_what_it_was_given_when_it_is_killed(state):
    first = started(Valkey(state, Signals()))
    assert first._ask(b"RPUSH celery task\r\n") == b":1\r\n"
    first.running.process.kill()
    first.running.sweep()
    second = started(Valkey(state, Signals()))
    assert second._ask(b"LLEN celery\r\n") == b":1\r\n"
    second.running.stop()


def test_valkey_that_outlived_its_supervisor_is_stopped_first(state):
    stray = started(Valkey(state, Signals()))
    fresh = started(Valkey(state, Signals()))
    assert not stray.running.is_alive()
    fresh.running.stop()


def test_waiting_ends_when_a_stop_is_asked_for(state):
    signals = Signals()
    signals._note(signal.SIGTERM, None)
    with pytest.raises(Interrupted):
        signals.wait_for(lambda: False, seconds=60)


def test_servers_of_the_user_are_not_replaced(state, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/portret")
    monkeypatch.setenv("CELERY_BROKER_URL", "")
    found = servers.embedded(state, Signals())
    assert found.postgres is None
    assert found.valkey is not None


def test_unreachable_database_of_the_user_is_explained(folder):
    done = product.run("--port", str(product.free_port()), state=folder / "state", DATABASE_URL="postgresql://app:secret@127.0.0.1:1/x")
    assert done.returncode == 1
    assert "The database in DATABASE_URL cannot be reached" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr

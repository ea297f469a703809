"""The user's own addresses go in; out come the embedded servers that he has not replaced, and a check of those that he has."""

import os
import time

from config.startup.errors import CannotStart
from config.startup.postgres import Postgres
from config.startup.signals import Signals
from config.startup.state import State
from config.startup.valkey import Valkey
from config.startup.variables import Servers, is_set


def embedded(state: State, signals: Signals, *, settings: dict[str, str] | None = None) -> Servers:
    return Servers(
        postgres=None if is_set("DATABASE_URL") else Postgres(state, signals, settings or {}),
        valkey=None if is_set("CELERY_BROKER_URL") else Valkey(state, signals),
    )


def check_users_own() -> None:
    """Raises CannotStart when a database that the user has named cannot be reached; tries for a few seconds."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if is_set(name):
            _check(name, os.environ[name])


def _check(name: str, url: str, *, seconds: float = 3) -> None:
    import psycopg  # only here: the embedded servers need no client, and it would stay in memory

    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.Error as problem:
            if time.monotonic() > deadline or isinstance(problem, psycopg.ProgrammingError):
                raise CannotStart(f"The database in {name} cannot be reached: {_short(problem)}") from None
        time.sleep(0.5)


def _short(problem: Exception) -> str:
    return " ".join(str(problem).split())[:300]

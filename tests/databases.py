"""Databases for tests: one migrated template a run, a clone a worker, all made and dropped by the owner role."""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from accounts.tenancy import inspection

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:8]
TEMPLATE = f"portret_test_{RUN}"


@contextlib.contextmanager
def of_this_worker(folder: Path) -> Iterator[None]:
    """Points Django at a database of its own. The last worker to leave drops the template."""
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    _enter(shared)
    with clone() as name:
        _point_at(name)
        yield
        connections.close_all()
        close_pools()
    _leave(shared)


@contextlib.contextmanager
def clone() -> Iterator[str]:
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:6]}"
    as_owner(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    with only(name):
        yield name


@contextlib.contextmanager
def only(name: str) -> Iterator[str]:
    """A database that is dropped afterwards, whatever happens."""
    try:
        yield name
    finally:
        _end_sessions(name)
        as_owner(f'DROP DATABASE IF EXISTS "{name}"')


def _end_sessions(name: str) -> None:
    """Threads of a test may hold connections still; a role may end its own."""
    with app_connection("postgres") as app:
        app.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user", [name])


def as_owner(*statements: str, database: str = "postgres") -> None:
    with owner_connection(database) as connection:
        for statement in statements:
            connection.execute(statement)


def owner_connection(database: str) -> psycopg.Connection:
    return _connect("owner", database)


def app_connection(database: str) -> psycopg.Connection:
    """As the app role, behind the wall, outside Django."""
    return _connect("default", database)


def address(name: str = "", *, alias: str = "default") -> str:
    """The URL of a database (that of this worker when none is named) as one of our roles: for a process of its own."""
    known = settings.DATABASES[alias]
    login = f"{known['USER']}:{quote(known['PASSWORD'])}" if known.get("PASSWORD") else known["USER"]
    return f"postgresql://{login}@/{name or known['NAME']}?host={quote(known['HOST'], safe='')}&port={known.get('PORT') or 5432}"


def wipe() -> None:
    """Empties every table, as the owner: the app role may not truncate, and append-only tables refuse even the owner."""
    tables = connections["default"].introspection.django_table_names(only_existing=True)
    names = ", ".join(f'"{table}"' for table in [*tables, "django_cache"])
    append_only = [f'"{model._meta.db_table}"' for model in inspection.tenant_models() if getattr(model, "is_append_only", False)]
    connections.close_all()
    as_owner(
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in append_only),
        f"TRUNCATE {names}",
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in append_only),
        database=settings.DATABASES["default"]["NAME"],
    )


def close_pools() -> None:
    connections["default"].close_pool()


def _connect(alias: str, database: str) -> psycopg.Connection:
    known = settings.DATABASES[alias]
    options = {
        name: known[key] for name, key in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD")) if known.get(key)
    }
    return psycopg.connect(dbname=database, autocommit=True, **options)


def _point_at(name: str) -> None:
    for alias in connections:
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


def _enter(folder: Path) -> None:
    """The first worker migrates the template while the others wait."""
    with _locked(folder) as workers:
        if workers.read() == "":
            as_owner(f'CREATE DATABASE "{TEMPLATE}"')
            _point_at(TEMPLATE)
            call_command("migrate", verbosity=0)
            connections.close_all()
        workers.write("+")


def _leave(folder: Path) -> None:
    with _locked(folder) as workers:
        text = workers.read()
        workers.write("-")
        if text.count("+") == text.count("-") + 1:
            as_owner(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator:
    with (folder / "workers").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file

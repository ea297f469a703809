"""A state folder, an address and the two servers go in; the environment variables of every child come out.

What the user has set himself wins; `test` and `bench` take from him the servers alone.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.startup.postgres import Postgres
from config.startup.state import State
from config.startup.valkey import Valkey

SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "CELERY_BROKER_URL")


@dataclass(frozen=True)
class Address:
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int = 9463

    @property
    def url(self) -> str:
        return f"http://{self.reachable_host}:{self.port}"

    @property
    def reachable_host(self) -> str:
        """The host to ask ourselves at, also when every address is listened on."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host  # noqa: S104


@dataclass(frozen=True)
class Servers:
    """The servers that we run ourselves; None where the user has set his own."""

    postgres: Postgres | None
    valkey: Valkey | None

    def all(self) -> list[Postgres | Valkey]:
        return [server for server in (self.valkey, self.postgres) if server]

    def variables(self) -> dict[str, str]:
        found = {}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url("portret_app")
            found["DATABASE_OWNER_URL"] = self.postgres.url("portret_owner")
        if self.valkey:
            found["CELERY_BROKER_URL"] = self.valkey.url
        return found


def for_serving(state: State, address: Address, servers: Servers) -> dict[str, str]:
    return {**_ours(state, address), "SECRET_KEY": state.secret_key, **_users(), **servers.variables(), **_fixed()}


def for_testing(state: State, servers: Servers) -> dict[str, str]:
    """A world of its own: nothing of the user's but his servers."""
    ours = {**_ours(state, Address()), "SECRET_KEY": state.secret_key, "PORTRET_ENVIRONMENT": "test", "METRICS_PORT": "0"}
    kept = {key: value for key, value in _users().items() if key in SERVERS or key not in ours}
    return {**kept, **ours, **servers.variables(), **_fixed()}


def is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


def _users() -> dict[str, str]:
    """The user's environment, without variables that he left empty: empty means "not set"."""
    return {key: value for key, value in os.environ.items() if value or key not in _names()}


def _names() -> set[str]:
    return {*_ours(State(Path("/")), Address()), *SERVERS, "SECRET_KEY"}


def _fixed() -> Mapping[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}


def _ours(state: State, address: Address) -> dict[str, str]:
    return {
        "PORTRET_ENVIRONMENT": "local",
        "BASE_URL": address.url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": f"file://{quote(str(state.mail))}",
        "FILES_DIR": str(state.files),
        "STATIC_ROOT": str(state.static),
        "METRICS_PORT": str(address.metrics_port),
        "PROMETHEUS_MULTIPROC_DIR": str(state.metrics),
        "LOG_FORMAT": "json",
    }

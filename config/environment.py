"""Environment variables in, one checked `Environment` out; a wrong or missing value is an error of one line that names it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BROKERS = ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory")
SHORTEST_SECRET = 32
KNOWN_SECRETS = re.compile(r"change.?me|insecure|secret.?key|example|password", re.IGNORECASE)


class BadEnvironment(Exception):
    """A variable is missing or wrong; a retry does not help. The message is one line that names the variable."""


class Kind(StrEnum):
    PRODUCTION = "production"
    LOCAL = "local"
    TEST = "test"


@dataclass(frozen=True)
class Mail:
    """Where mail to colleagues goes: an SMTP relay, or a folder with a file a message."""

    scheme: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = ""


@dataclass(frozen=True)
class Environment:
    kind: Kind
    debug: bool
    secret_key: str = field(repr=False)
    old_secret_keys: list[str] = field(repr=False)
    allowed_hosts: list[str]
    base_url: str
    database: dict[str, str] = field(repr=False)
    database_owner: dict[str, str] | None = field(repr=False)
    pool_size: int
    broker_url: str = field(repr=False)
    queue: str
    mail: Mail
    mail_from: str
    trusted_proxies: int
    files_dir: Path
    static_root: Path
    metrics_port: int
    log_format: str
    log_level: str

    @property
    def is_production(self) -> bool:
        return self.kind is Kind.PRODUCTION


def read(env: Mapping[str, str], *, base_dir: Path) -> Environment:
    """Checks every variable. Raises BadEnvironment for the first that is missing or wrong."""
    kind = _one_of(env, "PORTRET_ENVIRONMENT", [kind.value for kind in Kind], Kind.PRODUCTION)
    kind = Kind(kind)
    base_url = _base_url(env, kind)
    return Environment(
        kind=kind,
        debug=_debug(env, kind),
        secret_key=_secret_key(env, kind),
        old_secret_keys=_list(env, "SECRET_KEY_OLD"),
        allowed_hosts=_list(env, "ALLOWED_HOSTS") or [urlsplit(base_url).hostname or ""],
        base_url=base_url,
        database=_database(env, "DATABASE_URL"),
        database_owner=_database(env, "DATABASE_OWNER_URL") if env.get("DATABASE_OWNER_URL") else None,
        pool_size=_number(env, "DATABASE_POOL_SIZE", default=4, lowest=1),
        broker_url=_broker(env),
        queue=env.get("CELERY_QUEUE") or "portret",
        mail=_mail(env),
        mail_from=env.get("EMAIL_FROM") or f"Portret <no-reply@{urlsplit(base_url).hostname}>",
        trusted_proxies=_number(env, "TRUSTED_PROXIES", default=0, lowest=0),
        files_dir=Path(env.get("FILES_DIR") or base_dir / "var" / "files"),
        static_root=Path(env.get("STATIC_ROOT") or base_dir / "staticfiles"),
        metrics_port=_number(env, "METRICS_PORT", default=9463, lowest=0),
        log_format=_one_of(env, "LOG_FORMAT", ["json", "text"], "json"),
        log_level=_one_of(env, "LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO"),
    )


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise BadEnvironment(f"{name} is missing.")
    return value


def _one_of(env: Mapping[str, str], name: str, choices: list[str], default: str) -> str:
    value = env.get(name) or default
    if value not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(choices)}; it is {value!r}.")
    return value


def _list(env: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in env.get(name, "").split(",") if part.strip()]


def _number(env: Mapping[str, str], name: str, *, default: int, lowest: int) -> int:
    value = env.get(name) or str(default)
    if not value.isdecimal() or int(value) < lowest:
        raise BadEnvironment(f"{name} must be a whole number of at least {lowest}; it is {value!r}.")
    return int(value)


def _debug(env: Mapping[str, str], kind: Kind) -> bool:
    debug = _one_of(env, "DEBUG", ["0", "1", "false", "true"], "0") in ("1", "true")
    if debug and kind is Kind.PRODUCTION:
        raise BadEnvironment("DEBUG must be off when PORTRET_ENVIRONMENT is production.")
    return debug


def _secret_key(env: Mapping[str, str], kind: Kind) -> str:
    secret = _required(env, "SECRET_KEY")
    if kind is Kind.PRODUCTION and (len(secret) < SHORTEST_SECRET or KNOWN_SECRETS.search(secret)):
        raise BadEnvironment(f"SECRET_KEY must be a random value of at least {SHORTEST_SECRET} characters, not a default.")
    return secret


def _base_url(env: Mapping[str, str], kind: Kind) -> str:
    value = _required(env, "BASE_URL").rstrip("/")
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.path or url.query:
        raise BadEnvironment(f"BASE_URL must look like https://portret.example.org, without a path; it is {value!r}.")
    if kind is Kind.PRODUCTION and url.scheme != "https":
        raise BadEnvironment("BASE_URL must start with https:// when PORTRET_ENVIRONMENT is production.")
    return value


def _database(env: Mapping[str, str], name: str) -> dict[str, str]:
    value = _required(env, name)
    if not value.startswith(("postgresql://", "postgres://")):
        raise BadEnvironment(f"{name} must look like postgresql://user:password@host:5432/database.")
    try:
        parts = {key: str(part) for key, part in conninfo_to_dict(value).items() if part is not None}
    except ProgrammingError:
        raise BadEnvironment(f"{name} is not a PostgreSQL address: postgresql://user:password@host:5432/database.") from None
    if not parts.get("dbname") or not parts.get("user"):
        raise BadEnvironment(f"{name} must name a user and a database: postgresql://user:password@host:5432/database.")
    return parts


def _broker(env: Mapping[str, str]) -> str:
    value = _required(env, "CELERY_BROKER_URL")
    if urlsplit(value).scheme not in BROKERS:
        raise BadEnvironment("CELERY_BROKER_URL must start with amqp://, amqps://, redis://, rediss:// or redis+socket://.")
    return value


def _mail(env: Mapping[str, str]) -> Mail:
    value = _required(env, "EMAIL_URL")
    url = urlsplit(value)
    readers: dict[str, Callable[[], Mail]] = {
        "file": lambda: Mail("file", folder=unquote(url.path)),
        "smtp": lambda: _relay("smtp", value, default_port=25),
        "smtps": lambda: _relay("smtps", value, default_port=465),
    }
    if url.scheme not in readers:
        raise BadEnvironment("EMAIL_URL must look like smtp://user:password@relay:587?tls=1, smtps://… or file:///folder.")
    return readers[url.scheme]()


def _relay(scheme: str, value: str, *, default_port: int) -> Mail:
    url = urlsplit(value)
    try:
        port = url.port or default_port
    except ValueError:
        raise BadEnvironment("EMAIL_URL has a port that is not a number.") from None
    if not url.hostname:
        raise BadEnvironment("EMAIL_URL names no host: smtp://user:password@relay:587?tls=1.")
    if parse_qs(url.query).get("tls") == ["1"]:
        scheme = "smtp+tls"
    return Mail(scheme, url.hostname, port, unquote(url.username or ""), unquote(url.password or ""))

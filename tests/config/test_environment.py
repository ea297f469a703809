"""The environment is checked at start: a wrong or missing value gives one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment

GOOD = {
    "SECRET_KEY": "k7Qm2vX9rT4wZ8pL1nB6cF3hJ5dG0sAy",
    "BASE_URL": "https://portret.acme.example",
    "DATABASE_URL": "postgresql://app:secret@db.example:6432/portret?sslmode=require",
    "CELERY_BROKER_URL": "amqp://guest:guest@mq.example//",
    "EMAIL_URL": "smtp://user:pass%40word@relay.example:587?tls=1",
}


def read(**changes):
    return environment.read({**GOOD, **changes}, base_dir=Path("/srv/portret"))


def test_a_whole_environment_is_read():
    found = read(DATABASE_OWNER_URL="postgresql://owner@db.example/portret", TRUSTED_PROXIES="1")
    assert found.is_production
    assert found.database == {
        "user": "app",
        "password": "secret",
        "host": "db.example",
        "port": "6432",
        "dbname": "portret",
        "sslmode": "require",
    }
    assert found.database_owner["user"] == "owner"
    assert found.allowed_hosts == ["portret.acme.example"]
    assert (found.mail.scheme, found.mail.host, found.mail.port, found.mail.password) == ("smtp+tls", "relay.example", 587, "pass@word")
    assert found.trusted_proxies == 1


def test_secrets_do_not_show_when_it_is_printed():
    shown = repr(read())
    assert "secret@" not in shown
    assert GOOD["SECRET_KEY"] not in shown
    assert "pass@word" not in shown


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_named(name):
    with pytest.raises(environment.BadEnvironment, match=f"{name} is missing"):
        read(**{name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTRET_ENVIRONMENT", "staging"),
        ("DEBUG", "1"),
        ("DEBUG", "yes"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("BASE_URL", "portret.acme.example"),
        ("BASE_URL", "http://portret.acme.example"),
        ("BASE_URL", "https://portret.acme.example/path"),
        ("DATABASE_URL", "mysql://app@db/portret"),
        ("DATABASE_URL", "postgresql://db.example"),
        ("DATABASE_URL", "postgresql://app@db.example/portret?nonsense=1"),
        ("DATABASE_OWNER_URL", "owner"),
        ("CELERY_BROKER_URL", "sqs://queue"),
        ("EMAIL_URL", "relay.example"),
        ("EMAIL_URL", "smtp://relay.example:many"),
        ("EMAIL_URL", "smtp://"),
        ("DATABASE_POOL_SIZE", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("METRICS_PORT", "nine"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(name, value):
    with pytest.raises(environment.BadEnvironment) as refusal:
        read(**{name: value})
    assert str(refusal.value).startswith(name)
    assert "\n" not in str(refusal.value)
    assert "secret@" not in str(refusal.value)


def test_a_start_with_a_wrong_value_prints_one_line_and_stops():
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, **GOOD, "PORTRET_ENVIRONMENT": "production", "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert result.returncode == 1
    assert result.stderr == "Portret cannot start: DEBUG must be off when PORTRET_ENVIRONMENT is production.\n"

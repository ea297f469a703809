"""What the tests of this room share: counting that starts at zero, and somebody who is in no team."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.conftest import make_user, signed_in


@pytest.fixture(autouse=True)
def no_counts_of_others(request) -> None:
    """The limits are counted in the database's cache, which a test with real commits would hand on."""
    if "committed" in request.fixturenames:
        request.getfixturevalue("committed")
        cache.clear()


@pytest.fixture(autouse=True)
def outbox(settings) -> None:
    """The product's own way of sending: pytest-django puts a list in its place."""
    settings.EMAIL_BACKEND = "accounts.mail.Outbox"


@pytest.fixture
def cleo_user(db) -> User:
    return make_user("Cleo Jansen", "cleo@row.example")


@pytest.fixture
def cleo(cleo_user) -> Client:
    """Signed in, and in no organisation."""
    return signed_in(cleo_user)

"""The stage and the cast: a real PostgreSQL with the wall up, and the people every test knows."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client

from accounts import organisation, tenancy
from accounts.access import ENTERED
from accounts.audit import SYSTEM
from accounts.models import Tenant, User
from accounts.team import join
from config import environment
from customers.models import PurposeDefault
from tests import databases

PASSWORD = "een-lang-wachtwoord"


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, tmp_path_factory) -> Iterator[None]:
    """A database a worker, cloned from one that is migrated once a run; the suite itself connects as the app role."""
    with django_db_blocker.unblock(), databases.of_this_worker(tmp_path_factory.getbasetemp()):
        yield


@pytest.fixture(autouse=True)
def folders(settings, tmp_path) -> None:
    """Files and mail of a test stay in its own folder; mail goes through our outbox, not past it."""
    settings.EMAIL_BACKEND = "accounts.mail.Outbox"
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.EMAIL_RELAY = environment.Mail("file", folder=str(tmp_path / "mail"))


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def scratch(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The name of a database that a test may break: a clone with the wall up."""
    with django_db_blocker.unblock(), databases.clone() as name:
        yield name


@pytest.fixture
def committed(django_db_setup, django_db_blocker) -> Iterator[None]:
    """For tests that need real commits and several connections; what they leave is wiped by the owner of the tables."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        databases.wipe()


def make_user(name: str, email: str) -> User:
    user = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def let_visits_be_joined() -> None:
    """As a text says that is in force: without it what a device did stays apart (tests/customers/test_visits.py)."""
    PurposeDefault.objects.create(purpose="site_analytics", titles={"en-gb": "Visits"}, shows_everybody=False, joins_visits=True)


def make_cast() -> SimpleNamespace:
    """acme with Ana (owner) and Ben (viewer); globex with Mallory (owner)."""
    ana, ben = make_user("Ana Bakker", "ana@acme.example"), make_user("Ben de Vries", "ben@acme.example")
    mallory = make_user("Mallory Stone", "mallory@globex.example")
    acme = organisation.found(Tenant(name="Acme", slug="acme"), by=ana, actor=SYSTEM)
    globex = organisation.found(Tenant(name="Globex", slug="globex"), by=mallory, actor=SYSTEM)
    for tenant in (acme, globex):
        with tenancy.scope(tenant):
            let_visits_be_joined()
    with tenancy.scope(acme):
        join(ben, roles=["viewer"], actor=SYSTEM)
    return SimpleNamespace(acme=acme, globex=globex, ana=ana, ben=ben, mallory=mallory)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    return make_cast()


def signed_in(user: User) -> Client:
    """A browser in which this user has just given the password, and has been in his organisations."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[ENTERED] = [tenant.pk for tenant in user.tenants.all()]
    record_authentication(SimpleNamespace(session=session), user, "password", reauthenticated=True)
    session.save()
    return client


@pytest.fixture
def ana(cast) -> Client:
    return signed_in(cast.ana)


@pytest.fixture
def ben(cast) -> Client:
    return signed_in(cast.ben)


@pytest.fixture
def mallory(cast) -> Client:
    return signed_in(cast.mallory)


@pytest.fixture
def in_acme(cast) -> Iterator[Tenant]:
    with tenancy.scope(cast.acme) as tenant:
        yield tenant

"""A running site with the cast in it, and a browser. Without a Chromium on the machine this folder is left out, and the header says so."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from accounts import tenancy
from accounts.models import Membership, User
from accounts.tenancy import inspection
from accounts.tenancy.rows import TenantModel
from tests import databases, rows
from tests.browser import chromium, shop
from tests.conftest import make_cast, signed_in

# Playwright keeps an event loop in the thread of the test; Django would take that for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
collect_ignore_glob = [] if chromium.path() else ["test_*.py"]


def pytest_report_header() -> str:
    return f"browser tests: {chromium.path() or 'left out, there is no Chromium here'}"


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A server on a free port, with a shop that has a past and a row of everything in acme, and nothing in globex."""
    with django_db_blocker.unblock():
        cast = make_cast()
        lived = shop.lived(cast.acme, cast.ana, tmp_path_factory.mktemp("files"))
        with tenancy.scope(cast.acme):
            bare = [model for model in inspection.tenant_models() if model is not Membership and model.__name__ not in lived]
            ids = {model.__name__: row_by(cast.ana, model).public_id for model in bare}
            ids |= {"Membership": Membership.objects.get(user=cast.ben).public_id, **lived}
        connections.close_all()
        server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
        server.daemon = True
        server.start()
        server.is_ready.wait()
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.port}", cast=cast, ids=ids)
        server.terminate()
        connections.close_all()
        databases.wipe()


def row_by(user: User, model: type) -> TenantModel:
    """A row that names `user` wherever it names somebody."""
    return rows.make(model, **{field.attname: user.pk for field in model._meta.local_fields if field.related_model is User})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        yield browser
        browser.close()
        # While Playwright's event loop runs, this thread has database connections of its own (asgiref keeps them apart).
        connections.close_all()


@pytest.fixture
def visit(site, browser):
    """visit(user, width=…, theme=…, language=…) gives a browser window in which that user is signed in."""
    opened: list[BrowserContext] = []

    def window(user=None, *, width=1440, theme="light", language="en-GB", **options) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale=language, base_url=site.url, **options
        )
        opened.append(context)
        if user:
            cookie = signed_in(user).cookies["portret_session"]
            context.add_cookies([{"name": "portret_session", "value": cookie.value, "url": site.url}])
        return context

    yield window
    for context in opened:
        context.close()

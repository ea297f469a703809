"""The libraries of Segment for Python, Node and the browser, unchanged but for the host, against the running product."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import requests
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from segment.analytics.client import Client as Segment

from accounts import tenancy
from customers.ingest import drain as inbox
from customers.models import Customer, Event, Identifier, InboxBatch
from tests.browser import chromium
from tests.conftest import make_cast
from tests.customers.sending import make_source, track

SDKS = Path(__file__).parent / "sdks"
BUNDLES = SDKS / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
HAS_PACKAGES = BUNDLES.exists() and bool(shutil.which("node"))
needs_packages = pytest.mark.skipif(not HAS_PACKAGES, reason="needs Node and `npm ci` in tests/customers/sdks")
needs_chromium = pytest.mark.skipif(not chromium.path(), reason="there is no Chromium here")


@pytest.fixture
def shop(committed) -> Iterator[SimpleNamespace]:
    """The product on a free port, with one source in acme."""
    cast = make_cast()
    source = make_source(cast.acme)
    connections.close_all()
    server = LiveServerThread("127.0.0.1", lambda _: WSGIHandler(), connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.port}", key=source.write_key, tenant=cast.acme)
    server.terminate()
    connections.close_all()


@pytest.fixture
def site() -> Iterator[str]:
    """Another site: a page that uses the library, served from an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(BUNDLES)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/standalone.js"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        return self.wfile.write((SDKS / "page.html").read_bytes())

    def log_message(self, *_: object) -> None:
        pass


def emptied(tenant) -> dict[str, list]:
    """The inbox emptied: names of events and identifiers that are there then."""
    inbox.drain(tenant)
    with tenancy.scope(tenant):
        assert not InboxBatch.objects.exists()
        return {
            "events": sorted(Event.objects.values_list("type__name", flat=True)),
            "amounts": [amount for amount in Event.objects.values_list("amount", flat=True) if amount],
            "names": sorted(Identifier.objects.exclude(kind="anonymous").values_list("value", flat=True)),
            "customers": Customer.objects.present().count(),
        }


@pytest.mark.parametrize("gzip", [False, True])
def test_the_python_library(shop, gzip):
    failed = []
    library = Segment(shop.key, host=shop.url, gzip=gzip, on_error=lambda problem, _: failed.append(problem), upload_interval=0.1)
    library.identify("p1", {"email": "Pim@Example.nl"})
    library.track("p1", "Order Completed", {"order_id": "1", "total": 12.5})
    library.page("p1", name="Home")
    library.screen("p1", name="Start")
    library.group("p1", "g1", {"name": "Initech"})
    library.alias("old-number", "p1")
    library.flush()
    library.join()
    assert failed == []
    found = emptied(shop.tenant)
    assert found["events"] == ["Group Joined", "Order Completed", "Page Viewed", "Screen Viewed"]
    assert found["names"] == ["old-number", "p1", "pim@example.nl"]
    assert (found["amounts"], found["customers"]) == ([1250], 1)


@needs_packages
def test_the_node_library(shop):
    said = subprocess.run(["node", "node.mjs", shop.url, shop.key], cwd=SDKS, capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    found = emptied(shop.tenant)
    assert found["events"] == ["Group Joined", "Order Completed", "Page Viewed", "Screen Viewed"]
    assert found["names"] == ["n1", "noor@example.nl", "old-number"]
    assert (found["amounts"], found["customers"]) == ([4995], 1)


@needs_packages
@needs_chromium
def test_the_browser_library_on_a_page_of_another_site(shop, site):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        tab = browser.new_page()
        problems, answers = [], []
        tab.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("response", lambda answer: answers.append((answer.request.method, answer.url.partition("/v1/")[2], answer.status)))
        tab.goto(f"{site}/page.html?key={shop.key}&host={shop.url}")
        while sum(method == "POST" for method, *_ in answers) < 5:
            tab.wait_for_event("response")
        browser.close()
    connections.close_all()
    assert problems == []
    assert {(path, status) for method, path, status in answers if method == "POST"} == {("p", 200), ("t", 200), ("i", 200), ("g", 200)}
    found = emptied(shop.tenant)
    assert found["events"] == ["Group Joined", "Order Completed", "Page Viewed", "Product Viewed"]
    assert found["names"] == ["b1", "bo@example.nl"]
    assert (found["amounts"], found["customers"]) == ([4995], 1)


def test_the_same_batch_five_times_at_once_is_stored_once(shop):
    body = {"batch": [track(f"u{number}", messageId=str(uuid4())) for number in range(50)], "sentAt": "2026-11-20T10:00:01Z"}
    send = partial(requests.post, f"{shop.url}/v1/batch", json=body, auth=(shop.key, ""), timeout=30)
    with ThreadPoolExecutor(5) as threads:
        answers = [answer.status_code for answer in threads.map(lambda _: send(), range(5))]
        assert answers == [200] * 5
        list(threads.map(lambda _: _drain(shop.tenant), range(5)))
    assert len(emptied(shop.tenant)["events"]) == 50


def _drain(tenant) -> None:
    inbox.drain(tenant)
    connections.close_all()

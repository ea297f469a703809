"""The record of processing (LB4): made from what is used, exported as CSV and JSON-LD, held against files that were read by eye."""

import csv
import io
import json
from pathlib import Path

import pytest

from accounts import tenancy
from accounts.models import AuditEntry
from accounts.spreadsheets import STARTS_A_FORMULA
from consent.models import Purpose
from customers import catalogue
from customers.models import Attribute, EventType, Segment, Source
from tests.consent.register_rows import draft, identity, key, publish, sender

RECORD = "/t/acme/purposes/record/"
EXPORT = f"{RECORD}export/"
GOLDEN = Path(__file__).parent / "golden"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def used(cast, settings):
    """A purpose in force that is used for something, and something that is used for no purpose."""
    settings.BASE_URL = "https://portret.example"
    with tenancy.scope(cast.acme):
        identity()
        sender(cast.ana)
        recipients = [{"name": "Mailhuis B.V.", "role": "sends our mail", "country": "NL"}]
        publish(draft(recipients=recipients, transfers=[{"country": "US", "safeguard": "standard clauses"}]), cast.ana)
        service = {"eprivacy_basis": "not_needed", "gdpr_basis": "contract", "valid_days": None, "channels": ["email", "post"]}
        publish(draft("service", kind=Purpose.Kind.SERVICE, kept_days=None, kept_reason="As the law asks.", **service), cast.ana)
        catalogue.attributes()
        Attribute.objects.filter(key="city").update(purposes=["newsletter", "service"])
        EventType.objects.filter(name="Order Completed").update(purposes=["service"])
        Segment.objects.create(name="Utrecht", purpose="newsletter")
        Segment.objects.create(name="Old friends", purpose="gone")
        Source.objects.create(name="Web shop", slug="shop")
        key(cast.ana, "Warehouse", "service")
        return cast.acme


def exported(browser, **asked) -> bytes:
    answer = browser.get(EXPORT, asked, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content


@pytest.mark.parametrize("view", ["controller", "processor"])
def test_the_csv_is_the_one_that_was_read_and_found_right(ana, used, view):
    """LB4: golden file."""
    assert exported(ana, format="csv", view=view).decode() == (GOLDEN / f"record-{view}.csv").read_bytes().decode()


@pytest.mark.parametrize("view", ["controller", "processor"])
def test_the_jsonld_is_the_one_that_was_read_and_found_right(ana, used, view):
    """LB4: golden file; hashes and addresses of this run are masked."""
    found = json.loads(exported(ana, format="jsonld", view=view))
    assert masked(found) == json.loads((GOLDEN / f"record-{view}.jsonld").read_text())


def masked(found: dict) -> dict:
    """The hashes are proven elsewhere (test_register.py)."""
    for node in found["dpv:hasProcess"]:
        assert len(node["here:sha256"]) == 64
        node["here:sha256"] = "…"
    return found


def test_every_use_is_in_it(ana, used):
    """LB4: attributes, events, segments, sources, senders, keys, channels."""
    newsletter, service = csv.DictReader(io.StringIO(exported(ana, format="csv").decode().lstrip("\ufeff")))
    assert (newsletter["Attributes"], newsletter["Segments"], newsletter["API keys"]) == ("City", "Utrecht", "")
    assert (service["Events"], service["API keys"], service["Channels"]) == ("Order Completed", "Warehouse", "E-mail, Post")
    assert (service["Connected sources"], service["Senders"], service["Kept"]) == ("Web shop", "news@acme.example", "No end")


def test_a_key_that_reads_is_one_who_handles_data(ana, used):
    """Art. 30(1)(d): also where nobody wrote it down."""
    rows = list(csv.DictReader(io.StringIO(exported(ana, format="csv", view="processor").decode().lstrip("\ufeff"))))
    assert [row["Who"] for row in rows] == ["Mailhuis B.V.", "Warehouse"]
    assert [row["What they do"] for row in rows] == ["sends our mail", "Reads with an API key"]


def test_what_names_no_purpose_in_force_is_said(ana, used):
    shown = ana.get(RECORD, headers=ENGLISH).content.decode()
    assert "Old friends: gone" in shown


def test_nothing_in_it_runs_in_a_spreadsheet(cast, ana):
    """ASVS 1.2.10."""
    with tenancy.scope(cast.acme):
        identity()
        publish(draft(owner="=HYPERLINK(1)", security="@SUM(1)", recipients=[{"name": "+cmd", "role": "", "country": ""}]), cast.ana)
    for view in ("controller", "processor"):
        lines = csv.reader(io.StringIO(exported(ana, format="csv", view=view).decode().lstrip("\ufeff")))
        assert [cell for line in lines for cell in line if cell.startswith(STARTS_A_FORMULA)] == []


def test_an_export_is_written_down(cast, ana, used):
    exported(ana, format="jsonld", view="processor")
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="register.exported")
        assert entry.after == {"view": "processor", "format": "jsonld"}


def test_the_page_of_a_tenant_that_has_nothing_says_so(ana):
    assert "No purpose is in force yet." in ana.get(RECORD, headers=ENGLISH).content.decode()
    assert "Nobody else handles" in ana.get(f"{RECORD}?view=processor", headers=ENGLISH).content.decode()


def test_what_is_asked_must_exist(ana):
    assert ana.get(f"{RECORD}?view=other").status_code == 422
    assert ana.get(f"{EXPORT}?format=pdf").status_code == 422
    assert ana.get(EXPORT).status_code == 422


def test_a_viewer_reads_and_exports_nothing(ben, used):
    assert ben.get(RECORD).status_code == 200
    assert ben.get(f"{EXPORT}?format=csv").status_code == 403


def test_a_stranger_finds_nothing(mallory, used):
    assert [mallory.get(path).status_code for path in (RECORD, f"{EXPORT}?format=csv")] == [404, 404]


def test_it_is_only_read(ana):
    assert [ana.post(path).status_code for path in (RECORD, EXPORT)] == [405, 405]

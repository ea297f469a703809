"""Handing in a file on the page."""

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import AuditEntry
from config import doorstep
from customers.forms.imports import LARGEST_FILE
from customers.models import Import, Segment, Source
from tests.conftest import signed_in
from tests.customers.files import text_of, upload

PAGE = "/t/acme/imports/new/"
DATA = text_of("E-mail;Voornaam", "ada@row.example;Ada")
GIVEN = {"kind": "customers", "new_source": "Winkel"}


def hand_in(client, data=DATA, name="klanten.csv", **given):
    return client.post(PAGE, {**GIVEN, **given, "file": upload(data, name)})


def test_a_file_waits_for_a_word_on_its_columns(cast, ana):
    answer = hand_in(ana)
    with tenancy.scope(cast.acme):
        run = Import.objects.get()
        assert answer.url == f"/t/acme/imports/{run.public_id}/columns/"
        assert (run.status, run.source.name, run.source.kind, run.created_by) == ("draft", "Winkel", "file", cast.ana)
        assert run.mapping == {"email": "E-mail", "first_name": "Voornaam"}
        assert AuditEntry.objects.filter(action="source.created").exists()


def test_the_page_says_how_large_a_file_may_be_and_when_it_is_removed(ana):
    page = ana.get(PAGE).content.decode()
    assert "2 GB" in page
    assert "7 days" in page


def test_a_list_makes_its_segment(cast, ana):
    hand_in(ana, kind="list", segment="Beurs")
    with tenancy.scope(cast.acme):
        assert Import.objects.get().segment == Segment.objects.get(name="Beurs", kind="list")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"data": b""}, "empty"),
        ({"data": b"E-mail;Voornaam\n"}, "no rows under it"),
        ({"data": b"PK\x03\x04"}, "spreadsheet"),
        ({"name": "klanten.xlsx"}, "Choose a CSV file"),
        ({"new_source": ""}, "Choose a source"),
        ({"kind": "events"}, "Choose which event"),
        ({"kind": "list"}, "Name the segment"),
        ({"kind": "nothing"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_used_is_said_at_the_field_and_kept_nowhere(cast, ana, settings, given, says):
    answer = hand_in(ana, **given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert not Import.objects.exists()
    assert not list(settings.MEDIA_ROOT.glob("imports/*"))


def test_a_source_that_is_there_is_used(cast, ana):
    with tenancy.scope(cast.acme):
        Source.objects.create(name="Kassa", slug="kassa", kind="till")
    hand_in(ana, new_source="", source="kassa")
    with tenancy.scope(cast.acme):
        assert Import.objects.get().source.kind == "till"


def test_a_viewer_and_a_stranger_are_refused_before_a_byte_is_read(cast, ben, mallory):
    for client, status in ((ben, 403), (mallory, 404)):
        answer = client.generic("POST", PAGE, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(LARGEST_FILE))
        assert answer.status_code == status


def test_this_page_alone_takes_more_than_others(cast, ben, ana):
    large = {"content_type": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(doorstep.LARGEST_BODY + 1)}
    assert ben.generic("POST", PAGE, b"", **large).status_code == 403
    assert ana.generic("POST", "/t/acme/imports/", b"", **large).status_code == 413
    assert ana.generic("POST", PAGE, b"", **{**large, "CONTENT_LENGTH": str(2 * LARGEST_FILE)}).status_code == 413


def test_a_forged_request_is_refused_here_too(cast, ana):
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(cast.ana).cookies
    assert hand_in(client).status_code == 403
    with tenancy.scope(cast.acme):
        assert not Import.objects.exists()


def test_with_its_token_the_request_goes_through(cast):
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(cast.ana).cookies
    page = client.get(PAGE).content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert hand_in(client, csrfmiddlewaretoken=token).status_code == 302


def test_other_methods(ana):
    assert ana.put(PAGE).status_code == 405

"""Saying what the columns of a file are."""

import pytest

from accounts import tenancy
from accounts.models import AuditEntry
from customers.imports import mapping, running
from customers.imports.reading import Row
from customers.models import Import
from tests.customers.files import handed_in, text_of

DATA = text_of("E-mail;Voornaam;Geboortedatum;Notitie", "ada@row.example;Ada;31-12-1984;belt graag", "bob@row.example;Bob;01-02-1990;")
ORDERS = text_of("klant,Besteldatum,Totaalbedrag,aantal", "1,2026-01-02,12.50,2")


@pytest.fixture
def run(cast):
    with tenancy.scope(cast.acme):
        draft = handed_in(DATA)
        Import.objects.update(status="draft")
        draft.address = f"/t/acme/imports/{draft.public_id}/"
    return draft


@pytest.fixture
def events(cast):
    with tenancy.scope(cast.acme):
        draft = handed_in(ORDERS, kind="events", event_type="Order Completed")
        Import.objects.update(status="draft")
        draft.address = f"/t/acme/imports/{draft.public_id}/"
    return draft


def now(cast) -> Import:
    with tenancy.scope(cast.acme):
        return Import.objects.get()


def test_each_column_shows_what_stands_in_it_and_what_it_seems_to_be(ana, run):
    page = ana.get(run.address + "columns/").content.decode()
    assert "ada@row.example" in page
    assert '<option value="email" selected>' in page
    assert '<option value="birthday" selected>' in page
    assert "31-12-1984 is read as 31 December 1984" in page


def test_starting_puts_it_up_for_a_worker(cast, ana, run):
    answer = ana.post(run.address + "columns/", {"column_0": "email", "column_1": "first_name", "column_2": "", "column_3": ""})
    assert answer.url == run.address
    saved = now(cast)
    assert (saved.status, saved.is_dry_run, saved.mapping) == ("waiting", False, {"email": "E-mail", "first_name": "Voornaam"})
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="import.started").after["source"] == "Shop"
    assert running.take_turn(cast.acme, saved.pk).new == 2


def test_trying_it_is_a_choice_of_its_own(cast, ana, run):
    ana.post(run.address + "columns/", {"column_0": "email", "try": "1"})
    assert now(cast).is_dry_run


def test_events_have_a_currency_and_properties_of_their_own(cast, ana, events):
    page = ana.get(events.address + "columns/").content.decode()
    assert "A property called aantal" in page or '<option value="quantity" selected>' in page
    chosen = {"column_0": "external_id", "column_1": "timestamp", "column_2": "amount", "column_3": "aantal", "currency": "usd"}
    ana.post(events.address + "columns/", chosen)
    assert (now(cast).options, now(cast).mapping["aantal"]) == ({"currency": "USD"}, "aantal")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"column_1": "first_name"}, "whose row it is"),
        ({"column_0": "email", "column_1": "email"}, "“E-mail” is this already"),
        ({"column_0": "shoe_size"}, "Select a valid choice"),
    ],
)
def test_a_choice_that_cannot_be_is_said_and_kept_on_the_page(cast, ana, run, given, says):
    answer = ana.post(run.address + "columns/", given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert now(cast).status == "draft"


def test_how_the_file_is_read_can_be_put_right(cast, ana, run):
    answer = ana.post(run.address + "columns/", {"read": "1", "encoding": "cp1252", "delimiter": ","})
    assert answer.status_code == 200
    assert (now(cast).encoding, now(cast).delimiter, now(cast).mapping) == ("cp1252", ",", {})
    assert ana.post(run.address + "columns/", {"read": "1", "encoding": "klingon", "delimiter": ","}).status_code == 422


def test_a_running_import_keeps_its_columns(cast, ana, run):
    with tenancy.scope(cast.acme):
        Import.objects.update(status="running")
    assert ana.get(run.address + "columns/").url == run.address


def test_a_viewer_is_refused(ben, run):
    assert ben.get(run.address + "columns/").status_code == 403


def suggested(names, *cells):
    known = [
        mapping.Target(key, key, "") for key in ("external_id", "email", "phone", "first_name", "last_name", "birthday", "city", "postcode")
    ]
    return mapping.suggest(names, [Row(2, 0, list(row)) for row in cells], known)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("E-mailadres", "email"),
        ("EMAIL_ADDRESS", "email"),
        ("Klantnr.", "external_id"),
        ("Customer ID", "external_id"),
        ("Mobiel", "phone"),
        ("Voornaam", "first_name"),
        ("Achternaam", "last_name"),
        ("Geboortedatum", "birthday"),
        ("Woonplaats", "city"),
        ("ZIP code", "postcode"),
    ],
)
def test_names_in_two_languages_are_known(name, target):
    assert suggested([name]) == {target: name}


def test_what_stands_in_a_column_tells_where_its_name_does_not():
    assert suggested(["x", "y", "z"], ["a@row.example", "+31612345678", "Ada"]) == {"email": "x", "phone": "y"}


def test_a_target_goes_to_one_column():
    assert suggested(["E-mail", "Mail"]) == {"email": "E-mail"}


def test_a_source_that_does_not_identify_may_only_name_devices(cast, ana, run):
    with tenancy.scope(cast.acme):
        run.source.identifies = False
        run.source.save()
    answer = ana.post(run.address + "columns/", {"column_0": "email", "column_1": "first_name", "column_2": "", "column_3": ""})
    assert answer.status_code == 422
    assert "it may only name devices" in answer.content.decode()
    assert now(cast).status == "draft"

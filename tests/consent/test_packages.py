"""Everything held about a customer, as a page, JSON with its schema and tables: nothing left out, nobody else in it (DS4, DS5, DS6)."""

import csv
import io
import json
import uuid
import zipfile
from datetime import timedelta

import jsonschema
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import audit, tenancy
from accounts.audit import SYSTEM, Action, Actor
from accounts.models import User
from consent import gate, retention
from consent.models import AccessPackage, RightsRequest
from consent.rights import coverage, erasing, gathering, packages, packing, requests
from consent.tasks import make_package, make_waiting_packages
from customers import intake, merging
from customers.identity import claims
from customers.intake import Happening, Item
from customers.models import Attribute, Customer, Identifier, Merge, Segment, SegmentMember, SegmentVersion, Source
from tests import rows as any_rows
from tests.accounts import post
from tests.consent import rows
from tests.consent.rights_rows import Intake, Kind, ask

pytestmark = pytest.mark.django_db
HERS, OTHERS = "zeldzaam", "vreemdeling"


def told(email: str, name: str, *, device: str = "", number: str = "1") -> Customer:
    """A customer of whom the shop says who it is, what they bought, and on which device."""
    now, shop = timezone.now(), rows.source()
    known = (claims.email(email), claims.external(number, shop), *([claims.anonymous(device)] if device else []))
    order = Happening("Order Completed", uuid.uuid4(), now, {"note": f"{name} order"}, 1200, "EUR")
    said = {"email": email, "first_name": name, "city": f"{name} stad"}
    items = [Item(known, now, said, {"hobby": f"{name} hobby"}), Item(known, now, happening=order)]
    return Customer.objects.get(pk=intake.take(items, shop, received_at=now)[0].customer_id)


@pytest.fixture
def ada(in_acme):
    return seeded()


def seeded() -> Customer:
    for key in ("email", "first_name", "city"):
        Attribute.objects.create(key=key, label=key.title(), type="text")
    newsletter = rows.purpose(recipients=[{"name": "Mailhuis", "role": "sends", "country": "NL"}])
    ada = told(f"{HERS}@example.com", HERS)
    rows.allow(ada, newsletter, text=f"{HERS} proof")
    gate.decide([ada.pk], newsletter, "email", asked_by="campaign:1")
    segment = Segment.objects.create(name="Jazz lovers", version=1)
    SegmentVersion.objects.create(segment=segment, number=1, rule={}, says={"nl": "kocht jazz", "en-gb": "bought jazz"})
    SegmentMember.objects.create(segment=segment, customer=ada, since=timezone.now())
    return ada


def made(customer: Customer) -> AccessPackage:
    request = ask(customer, Kind.ACCESS)
    packages.make(tenancy.current(), request.packages.get().pk)
    return request.packages.get()


def files(package: AccessPackage) -> dict[str, str]:
    with default_storage.open(package.file) as file, zipfile.ZipFile(file) as zipped:
        return {name: zipped.read(name).decode() for name in zipped.namelist()}


def data(package: AccessPackage) -> dict:
    return json.loads(files(package)["data.json"])


def table(document: dict, name: str) -> list[dict]:
    return next(each["rows"] for each in document["tables"] if each["table"] == name)


def test_it_follows_its_schema_which_lies_beside_it_ds5(ada):
    inside = files(made(ada))
    schema = json.loads(inside["access.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(inside["data.json"]), schema)


def test_a_value_in_every_field_of_every_table_is_in_it_ds4(ada):
    """A row of each exported model about her, with something in each column: all of it comes out."""
    for held in coverage.of_customers():
        if held.holding.is_exported and held.model is not Customer:
            field_of = {field.column: field.attname for field in held.model._meta.local_fields}
            mine = {field_of[column]: ada.pk for column in held.holding.columns}
            held.model.objects.filter(**mine).delete()
            if held.model is Merge:
                mine["into_id"] = _other_row(ada).pk
            row = any_rows.build(held.model, **mine)
            row.save()
    document = gathering.document(ada)
    for held in coverage.of_customers():
        if held.holding.is_exported:
            kept = table(document, held.table)
            assert kept, held.table
            columns = {field.column for field in held.model._meta.local_fields if field.related_model is not User} - {"tenant_id"}
            assert columns <= set(kept[0]), held.table
            stored = held.model.objects.get(pk=kept[0]["id"])
            for field in held.model._meta.local_fields:
                if field.column in columns and isinstance(getattr(stored, field.attname), str | int):
                    assert kept[0][field.column] == getattr(stored, field.attname), field


def _other_row(ada: Customer) -> Customer:
    now = timezone.now()
    return Customer.objects.create(merged_into=ada, root_id=ada.pk, created_at=now, changed_at=now)


def test_what_is_said_of_her_is_in_the_page_the_json_and_the_tables_ds4(ada, cast):
    audit.record(Actor.user(cast.ana), Action.CUSTOMER_VIEWED, ada)
    inside = files(made(ada))
    for words in (f"{HERS} stad", f"{HERS} hobby", f"{HERS} order", f"{HERS}@example.com", "kocht jazz", "Mailhuis", "Eigenaar"):
        assert words in inside["data.json"], words
        assert words in inside["index.html"], words
    assert f"{HERS} proof" in inside["data.json"]
    assert f"{HERS} order" in inside["csv/customers_event.csv"]
    assert "Autoriteit Persoonsgegevens" in inside["index.html"]
    assert "Ana" not in inside["data.json"]


def test_why_a_message_might_go_and_by_which_choice_is_in_it_ds4(ada):
    document = data(made(ada))
    (decision,) = document["decisions"]
    assert decision["is_allowed"]
    assert decision["event"] == document["consents"][0]["event"]


def test_an_event_says_what_its_source_and_type_are_called(ada):
    (event,) = table(data(made(ada)), "customers_event")
    assert (event["type"], event["source"]) == ("Order Completed", "Shop")


def test_the_page_has_no_script_and_loads_nothing(ada):
    text = files(made(ada))["index.html"]
    assert "<script" not in text
    assert "src=" not in text
    assert "<link" not in text


def test_what_was_sent_cannot_become_a_script_or_a_formula(ada):
    now, shop = timezone.now(), rows.source()
    bad = Item((claims.email(f"{HERS}@example.com"),), now, {"city": "=1+1<script>alert(1)</script>"})
    intake.take([bad], shop, received_at=now)
    inside = files(made(ada))
    assert "<script" not in inside["index.html"]
    records = list(csv.DictReader(io.StringIO(inside["csv/customers_customer.csv"].lstrip("\ufeff"))))
    assert not any(value.startswith(("=", "+", "@")) for row in records for value in row.values())


def test_in_the_language_of_the_customer(ada):
    Customer.objects.filter(pk=ada.pk).update(attributes={**ada.attributes, "language": "en"})
    assert "Everything we hold about you" in files(made(ada))["index.html"]


def test_what_is_taken_out_can_be_taken_in_elsewhere_ds5(cast):
    """The attributes of data.json, told to another organisation, make the same customer."""
    with tenancy.scope(cast.acme):
        document = data(made(seeded()))
    values = {each["key"]: each["value"] for each in document["attributes"] if each["type"]}
    undeclared = {each["key"]: each["value"] for each in document["attributes"] if not each["type"]}
    with tenancy.scope(cast.globex):
        for each in document["attributes"]:
            if each["type"]:
                Attribute.objects.create(key=each["key"], label=each["name"], type=each["type"])
        source, now = Source.objects.create(name="Moved", slug="moved"), timezone.now()
        taken = intake.take([Item((claims.email(values["email"]),), now, values, undeclared)], source, received_at=now)
        there = gathering.document(Customer.objects.get(pk=taken[0].customer_id))
    as_told = [{key: each[key] for key in ("key", "type", "value")} for each in document["attributes"]]
    assert [{key: each[key] for key in ("key", "type", "value")} for each in there["attributes"]] == as_told


def test_nothing_of_who_shares_the_device_or_the_house_is_in_it_ds6(ada, cast):
    """The same device, then put together by mistake and taken apart again."""
    ada = told(f"{HERS}@example.com", HERS, device="tablet")
    other = told(f"{OTHERS}@example.com", OTHERS, device="tablet", number="2")
    tablet = {"customer": ada, "source": rows.source(), "seen_at": timezone.now(), "shared_at": timezone.now()}
    Identifier.objects.get_or_create(kind="anonymous", value="tablet", defaults=tablet)
    merging.unmerge(merging.merge(other, ada, by=cast.ana), by=cast.ana)
    Merge.objects.update(evidence=[{"kind": "email", "value": f"{OTHERS}@example.com"}])
    for name, text in files(made(ada)).items():
        assert OTHERS not in text, name


def test_what_was_put_together_is_in_it_whole(ada, cast):
    old = told("old@example.com", "Vroeger", number="3")
    merging.merge(old, ada, by=cast.ana)
    assert "Vroeger order" in files(made(ada))["data.json"]


def test_it_is_made_by_the_worker_and_the_customer_is_told(ada):
    request = ask(ada, Kind.ACCESS)
    make_package(tenant_id=tenancy.current().pk, package_id=request.packages.get().pk)
    request.refresh_from_db()
    package = request.packages.get()
    assert request.status == RightsRequest.Status.DONE
    assert request.outcome["items"] == package.items > 5
    assert package.expires_at - package.made_at == packages.KEPT
    mail = post.last()
    assert mail["To"] == f"{HERS}@example.com"
    assert "/code/?wants=requests" in post.text_of(mail)


def test_made_twice_is_made_once(ada):
    package = made(ada)
    packages.make(tenancy.current(), package.pk)
    assert AccessPackage.objects.get().file == package.file


def test_beat_finds_one_whose_message_was_lost(cast):
    with tenancy.scope(cast.acme):
        ask(seeded(), Kind.ACCESS)
        lost = AccessPackage.objects.get().pk
    assert packages.waiting(cast.acme) == [lost]
    make_waiting_packages()


def test_what_was_taken_back_is_not_made(ada):
    request = ask(ada, Kind.ACCESS)
    requests.drop(request, actor=SYSTEM)
    packages.make(tenancy.current(), request.packages.get().pk)
    assert request.packages.get().made_at is None
    assert packages.waiting(tenancy.current()) == []


def test_one_that_cannot_be_made_says_so_and_can_be_asked_again(ada, settings, tmp_path):
    request = ask(ada, Kind.ACCESS)
    (tmp_path / "files").write_text("not a folder")
    packages.make(tenancy.current(), request.packages.get().pk)
    package = request.packages.get()
    assert (package.error, package.made_at) == ("NotADirectoryError", None)
    assert packages.waiting(tenancy.current()) == []
    (tmp_path / "files").unlink()
    assert made(ada).file


def test_who_is_not_proven_waits_for_a_colleague(ada):
    request = ask(ada, Kind.ACCESS, intake=Intake.MAIL)
    assert not request.packages.exists()
    requests.carry_out(request, actor=SYSTEM)
    assert request.packages.exists()


def test_an_erasure_takes_the_file_too_ds8(ada):
    package = made(ada)
    assert default_storage.exists(package.file)
    erasing.erase([ada.pk], actor=SYSTEM)
    assert not default_storage.exists(package.file)
    assert not AccessPackage.objects.exists()


def test_after_its_days_the_file_goes(cast):
    with tenancy.scope(cast.acme):
        package = made(seeded())
    retention.apply(cast.acme, at=package.expires_at - timedelta(minutes=1))
    assert default_storage.exists(package.file)
    retention.apply(cast.acme, at=package.expires_at + timedelta(minutes=1))
    assert not default_storage.exists(package.file)


def test_what_it_counts_is_what_is_in_it(ada):
    package = made(ada)
    assert package.items == packing.count(data(package))

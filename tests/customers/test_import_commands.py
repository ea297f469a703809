"""Files taken in from a terminal: the real purchases of a shop, the summary, and one clear line for what cannot be used."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import tenancy
from accounts.models import Membership, Tenant, User
from customers.models import Customer, Event, Import, Source
from tests.customers import cdnow


def counted(summary):
    return [summary[name] for name in ("rows", "new", "changed", "unchanged", "bad")]


def test_the_purchases_of_a_real_shop_come_in_and_twice_adds_nothing(cast):
    assert counted(cdnow.import_customers("acme")) == [cdnow.PURCHASES, cdnow.CUSTOMERS, 0, cdnow.PURCHASES - cdnow.CUSTOMERS, 0]
    assert counted(cdnow.import_purchases("acme")) == [cdnow.PURCHASES, cdnow.PURCHASES, 0, 0, 0]
    assert counted(cdnow.import_purchases("acme")) == [cdnow.PURCHASES, 0, 0, cdnow.PURCHASES, 0]
    with tenancy.scope(cast.acme):
        assert (Customer.objects.count(), Event.objects.count()) == (cdnow.CUSTOMERS, cdnow.PURCHASES)
        paid = Event.objects.filter(customer__identifiers__value="00001").values_list("amount", "currency")
        assert list(paid) == [(1177, "USD")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "klanten.csv"
    path.write_bytes("E-mail;Voornaam;id\nada@row.example;Ada;1\njan@@row.example;Jan;2\n".encode("cp1252"))
    return str(path)


def command(*arguments, **options):
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err, **options)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_columns_are_guessed_where_none_are_named_and_said(cast, file, tmp_path):
    summary, said = command("import_customers", file, tenant="acme", source="Winkel", errors=str(tmp_path / "errors.csv"))
    assert counted(summary) == [2, 1, 0, 0, 1]
    assert "Made the source 'Winkel'" in said
    assert "email=E-mail, first_name=Voornaam, external_id=id" in said
    rows = list(csv.reader((tmp_path / "errors.csv").open(encoding="utf-8-sig")))
    assert rows[0] == ["Row", "Column", "Value", "Reason", "E-mail", "Voornaam", "id"]
    assert rows[1][:3] + rows[1][4:] == ["3", "E-mail", "jan@@row.example", "jan@@row.example", "Jan", "2"]
    with tenancy.scope(cast.acme):
        assert Source.objects.get().kind == "file"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tenant": "nobody"}, "no organisation"),
        ({"map": ["email"]}, "Write --map as"),
        ({"map": ["email=Mail"]}, "no column “Mail”"),
        ({"map": ["email=E-mail", "shoe_size=id"]}, "no attribute “shoe_size”"),
        ({"map": ["first_name=Voornaam"]}, "whose row"),
        ({"encoding": "klingon"}, "not known here"),
        ({"delimiter": "::"}, "one character"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_and_leaves_nothing(cast, file, options, says):
    with pytest.raises(CommandError, match=says) as problem:
        command("import_customers", file, **{"tenant": "acme", "source": "Winkel", **options})
    assert "\n" not in str(problem.value)
    with tenancy.scope(cast.acme):
        assert not Import.objects.exists() and not Source.objects.exists()


def test_a_file_that_is_not_there(cast):
    with pytest.raises(CommandError):
        command("import_customers", "/nowhere/klanten.csv", tenant="acme", source="Winkel")


def test_events_need_a_time(cast, file):
    with pytest.raises(CommandError, match="when it happened"):
        command("import_events", file, "--type", "Order Completed", tenant="acme", source="Winkel")


def test_a_script_can_start_from_nothing(db):
    made, _ = command("tenant_create", name="Platenzaak", slug="platenzaak", owner="Noor@row.example", currency="USD")
    assert made == {"slug": "platenzaak", "name": "Platenzaak", "owner": "noor@row.example", "path": "/t/platenzaak/"}
    tenant = Tenant.objects.get()
    assert (tenant.currency, User.objects.get().has_usable_password()) == ("USD", False)
    with tenancy.scope(tenant):
        assert Membership.objects.get().roles == ["owner"]


def test_an_organisation_that_cannot_be_is_said_why(cast):
    with pytest.raises(CommandError, match="has this address already"):
        command("tenant_create", name="Acme", slug="acme", owner="noor@row.example")

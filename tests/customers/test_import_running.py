"""What a file does to customers, events and segments; that it can stop anywhere and go on; that a dry run leaves nothing."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from customers import tasks
from customers.imports import chunks, running
from customers.models import BadRow, Customer, Event, Identifier, Import, Segment, SegmentChange, SegmentMember, SourceDay
from tests import databases
from tests.conftest import make_cast
from tests.customers.files import counts, handed_in, taken_in, text_of

PEOPLE = text_of(
    "Klantnummer;E-mail;Voornaam;Telefoon;Geboortedatum;Land",
    "1;ada@row.example;Ada;06 12345678;31-12-1984;NL",
    "2;Bob@Row.example;Bob;+32 470 12 34 56;1990-02-03;BE",
    "3;cas@row.example;Cas;;;",
)
ORDERS = text_of(
    "order,klant,datum,bedrag,munt,quantity",
    "A1,1,2026-01-02,12.50,EUR,2",
    "A2,1,2026-01-02 10:30,1.204;50,EUR,1",
    "A3,2,2026-01-03,5,JPY,1",
)
EVENTS = {"kind": Import.Kind.EVENTS, "event_type": "Order Completed"}


def test_customers_come_in_with_typed_values(cast):
    assert counts(taken_in(cast.acme, PEOPLE)) == (3, 0, 0, 0)
    with tenancy.scope(cast.acme):
        ada = Customer.objects.get(email="ada@row.example")
        assert ada.attributes | {} == {
            "email": "ada@row.example",
            "first_name": "Ada",
            "phone": "+31612345678",
            "birthday": "1984-12-31",
            "country": "NL",
        }
        assert set(Identifier.objects.filter(customer=ada).values_list("kind", "value")) == {
            ("external", "1"),
            ("email", "ada@row.example"),
            ("phone", "+31612345678"),
        }
        assert Identifier.objects.get(kind="phone", customer__email="bob@row.example").value == "+32470123456"
        assert SourceDay.objects.get().accepted == 3


def test_the_same_file_again_changes_nothing_and_a_newer_one_changes_what_differs(cast):
    taken_in(cast.acme, PEOPLE)
    assert counts(taken_in(cast.acme, PEOPLE)) == (0, 0, 3, 0)
    assert counts(taken_in(cast.acme, PEOPLE.replace(b";Cas;", b";Cees;"))) == (0, 1, 2, 0)


def test_rows_that_cannot_be_taken_in_say_why_and_cost_no_other(cast):
    data = PEOPLE + text_of(
        "4;jan@@row.example;Jan;;;", "5;e@row.example;Eef;12;31-02-1984;", "6;f@row.example", ";;Gijs;;;", "7;;Han;;;;;"
    )
    run = taken_in(cast.acme, data)
    assert counts(run) == (4, 0, 0, 4)
    with tenancy.scope(cast.acme):
        said = [(bad.row, bad.column, bad.value) for bad in BadRow.objects.order_by("row", "pk")]
    assert said == [
        (5, "E-mail", "jan@@row.example"),
        (6, "Telefoon", "12"),
        (6, "Geboortedatum", "31-02-1984"),
        (7, "", ""),
        (8, "", ""),
    ]


def test_rows_about_one_customer_inside_a_file_count_once_as_new(cast):
    data = text_of("id,naam", "1,Ada", "1,Ada", "1,Aad")
    assert counts(taken_in(cast.acme, data, mapping={"external_id": "id", "first_name": "naam"})) == (1, 1, 1, 0)


def test_dates_with_the_month_first_are_read_so_when_the_column_shows_it(cast):
    data = text_of("id,birthday", "1,12/31/1984", "2,01/02/1985")
    run = taken_in(cast.acme, data)
    assert (run.options, counts(run)) == ({"month_first": ["birthday"]}, (2, 0, 0, 0))
    with tenancy.scope(cast.acme):
        assert sorted(one.attributes["birthday"] for one in Customer.objects.all()) == ["1984-12-31", "1985-01-02"]


def test_events_come_in_once_with_amounts_in_minor_units(cast):
    run = taken_in(cast.acme, ORDERS, **EVENTS)
    assert (counts(run), run.mapping["order_id"]) == ((2, 0, 0, 1), "order")
    assert counts(taken_in(cast.acme, ORDERS.replace(b"1.204;50", b'"1.204,50"'), **EVENTS)) == (1, 0, 2, 0)
    with tenancy.scope(cast.acme):
        assert set(Event.objects.values_list("amount", "currency")) == {(1250, "EUR"), (120450, "EUR"), (5, "JPY")}
        first = Event.objects.get(amount=1250)
        assert first.occurred_at.isoformat() == "2026-01-01T23:00:00+00:00"
        assert first.properties == {"order_id": "A1", "quantity": "2"} or first.properties["order_id"] == "A1"


def test_rows_that_are_the_same_are_as_many_events(cast):
    data = text_of("klant,datum,bedrag", "1,2026-01-02,5", "1,2026-01-02,5", "2,2026-01-02,5")
    assert counts(taken_in(cast.acme, data, **EVENTS, currency="USD")) == (3, 0, 0, 0)
    assert counts(taken_in(cast.acme, data, **EVENTS, currency="USD")) == (0, 0, 3, 0)
    with tenancy.scope(cast.acme):
        assert set(Event.objects.values_list("amount", "currency")) == {(500, "USD")}


def test_a_list_puts_customers_into_a_segment_once(cast):
    taken_in(cast.acme, PEOPLE)
    with tenancy.scope(cast.acme):
        segment = Segment.objects.create(name="Beurs", kind=Segment.Kind.LIST)
    data = text_of("E-mail", "ada@row.example", "bob@row.example", "new@row.example", "ada@row.example")
    for _ in range(2):
        taken_in(cast.acme, data, kind=Import.Kind.LIST, segment=segment)
    with tenancy.scope(cast.acme):
        assert SegmentMember.objects.count() == SegmentChange.objects.filter(has_joined=True).count() == 3
        segment.refresh_from_db()
        assert segment.size == 3


def test_a_file_that_breaks_off_keeps_what_came_before(cast):
    many = [f"{n};{n}@row.example" for n in range(1, 1_201)]
    run = taken_in(cast.acme, text_of("id;email", *many, '1201;"x@row.example', "1202;y@row.example"))
    assert (run.status, counts(run)) == ("failed", (1_200, 0, 0, 0))
    assert "row 1202 does not close" in run.message


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "SIZE", 2)


def test_a_cancelled_import_stops_between_chunks_and_goes_on_later(cast, small_chunks):
    with tenancy.scope(cast.acme):
        run = handed_in(PEOPLE)
        claimed = running.claim(run.pk)
    running.carry_out(cast.acme, claimed, watch=lambda run: tenancy.is_open() or _ask_to_cancel(cast.acme, run))
    assert (claimed.status, claimed.row, counts(claimed)) == ("cancelled", 3, (2, 0, 0, 0))
    with tenancy.scope(cast.acme):
        claimed.wait_again(is_dry_run=False, from_start=False)
    assert counts(running.take_turn(cast.acme, run.pk)) == (3, 0, 0, 0)


def _ask_to_cancel(tenant, run):
    with tenancy.scope(tenant):
        run.ask_to_cancel()


def test_a_turn_ends_and_the_next_goes_on(cast, small_chunks):
    with tenancy.scope(cast.acme):
        run = handed_in(PEOPLE)
        claimed = running.claim(run.pk)
    assert running.carry_out(cast.acme, claimed, seconds=1e-9).status == "waiting"
    assert claimed.row == 3
    assert counts(running.take_turn(cast.acme, run.pk)) == (3, 0, 0, 0)


def test_two_workers_never_take_in_one_chunk(cast, small_chunks):
    with tenancy.scope(cast.acme):
        run = handed_in(PEOPLE)
        slow = running.claim(run.pk)
        assert running.claim(run.pk) is None
        Import.objects.update(beat_at=timezone.now() - 2 * running.STALE)
        assert running.waiting() == [run.pk]
    assert counts(running.take_turn(cast.acme, run.pk)) == (3, 0, 0, 0)
    with pytest.raises(running.TakenOver):
        running.carry_out(cast.acme, slow)
    with tenancy.scope(cast.acme):
        assert counts(Import.objects.get()) == (3, 0, 0, 0)


def test_beat_finds_what_nobody_works_on(cast, monkeypatch):
    with tenancy.scope(cast.acme):
        run = handed_in(PEOPLE)
    started = []
    monkeypatch.setattr(tasks.work, "start", lambda name, **arguments: started.append((name, arguments)))
    tasks.run_waiting_imports()
    assert started == [("customers.tasks.run_import", {"tenant_id": cast.acme.pk, "import_id": run.pk})]
    tasks.run_import(**started[0][1])
    with tenancy.scope(cast.acme):
        assert counts(Import.objects.get()) == (3, 0, 0, 0)


def test_files_are_removed_some_days_after(cast):
    run = taken_in(cast.acme, PEOPLE)
    tasks.forget_import_files()
    with tenancy.scope(cast.acme):
        Import.objects.update(finished_at=timezone.now() - timedelta(days=8))
    tasks.forget_import_files()
    with tenancy.scope(cast.acme):
        assert Import.objects.get(pk=run.pk).path == ""


def test_a_dry_run_counts_and_leaves_nothing(committed, small_chunks):
    tenant = make_cast().acme
    taken_in(tenant, text_of("id,first_name", "1,Ada"), mapping={"external_id": "id", "first_name": "first_name"})
    data = text_of("id,first_name", "1,Ada", "2,Bob", "2,Bob", "1,Aad", ",Cas")
    run = taken_in(tenant, data, is_dry_run=True)
    assert (run.status, counts(run)) == ("done", (1, 1, 2, 1))
    with tenancy.scope(tenant):
        assert (Customer.objects.count(), Identifier.objects.count(), BadRow.objects.count()) == (1, 1, 1)
    with tenancy.scope(tenant):
        run.wait_again(is_dry_run=False, from_start=True)
    assert counts(running.take_turn(tenant, run.pk)) == (1, 1, 2, 1)


# Every process is killed one statement later than the one before it, each goes on where the one before it left off.
KILLED = """
import os, signal, sys
from datetime import timedelta
import django
django.setup()
from django.db import connection
from django.utils import timezone
from accounts import tenancy
from accounts.models import Tenant
from customers.imports import chunks, running
from customers.models import Event, Import

chunks.SIZE = 2
running.STALE = timedelta(0)
import_id = int(sys.argv[1])

def work(left):
    def count(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)
    connection.ensure_connection()
    with connection.execute_wrapper(count):
        running.take_turn(Tenant.objects.get(slug="acme"), import_id)

killed = 0
for statements in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        work(statements)
        os._exit(0)
    killed += os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
print(killed)
"""


def test_a_kill_before_any_statement_loses_and_doubles_nothing(committed, settings):
    tenant = make_cast().acme
    data = text_of("klant,datum,bedrag", *(f"{n % 7},2026-01-02,{n}" for n in range(400)), "8,no date,1")
    with tenancy.scope(tenant):
        run = handed_in(data, **EVENTS)
        Import.objects.filter(pk=run.pk).update(path=str(settings.MEDIA_ROOT / run.path))
    environment = {**os.environ, "DATABASE_URL": databases.address()}
    command = [sys.executable, "-c", KILLED, str(run.pk), "75"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert int(done.stdout) == 75
    with tenancy.scope(tenant):
        half = Import.objects.get()
        assert 0 < Event.objects.count() == half.new < 400
        Import.objects.update(beat_at=None)
    running.take_turn(tenant, run.pk)
    with tenancy.scope(tenant):
        assert counts(Import.objects.get()) == (400, 0, 0, 1)
        assert sorted(Event.objects.values_list("amount", flat=True)) == [100 * n for n in range(400)]
        assert (BadRow.objects.count(), SourceDay.objects.get().accepted) == (1, 400)

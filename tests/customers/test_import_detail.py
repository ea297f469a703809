"""Watching an import, stopping it, going on with it, and what was not taken in."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry
from customers.imports import running
from customers.models import Import
from tests.customers.files import handed_in, taken_in, text_of

DATA = text_of("id;naam;birthday", "1;Ada;1984-12-31", '2;"Bob, =1+1";1990-02-30', "3;Cas;")
COLUMNS = {"external_id": "id", "birthday": "birthday", "first_name": "naam"}


def address(cast, run, tail=""):
    with tenancy.scope(cast.acme):
        return f"/t/acme/imports/{run.public_id}/{tail}"


@pytest.fixture
def waiting(cast):
    with tenancy.scope(cast.acme):
        return handed_in(DATA, mapping=COLUMNS)


def test_an_import_that_runs_is_watched_by_a_part_of_the_page(cast, ana, waiting):
    page = ana.get(address(cast, waiting)).content.decode()
    assert "You can close this page" in page
    assert 'hx-trigger="every 1s"' in page
    part = ana.get(address(cast, waiting), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<div")
    assert "Cancel import" in part


def test_when_it_is_done_it_asks_no_more_and_shows_what_was_left_out(cast, ana):
    run = taken_in(cast.acme, DATA, mapping=COLUMNS)
    page = ana.get(address(cast, run)).content.decode()
    assert "hx-trigger" not in page.split("<main")[1]
    assert "This date does not exist" in page
    assert "removed 7 days after" in page


def test_the_error_file_has_the_reason_and_the_row_itself_and_is_written_down(cast, ana):
    run = taken_in(cast.acme, DATA, mapping=COLUMNS)
    answer = ana.get(address(cast, run, "errors.csv"))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[1][:3] == ["3", "birthday", "1990-02-30"]
    assert rows[1][4:] == ["2", "Bob, =1+1", "1990-02-30"]
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="import.exported").after == {"rows": 1}


def test_the_error_file_stays_when_the_file_is_gone(cast, ana):
    run = taken_in(cast.acme, DATA, mapping=COLUMNS)
    with tenancy.scope(cast.acme):
        Import.objects.update(path="")
    rows = b"".join(ana.get(address(cast, run, "errors.csv")).streaming_content).decode().splitlines()
    assert rows[1].startswith("3,birthday,1990-02-30,")


def test_cancelling_stops_it_and_it_can_go_on(cast, ana, waiting):
    ana.post(address(cast, waiting, "cancel/"))
    assert running.take_turn(cast.acme, waiting.pk).status == "cancelled"
    assert "Cancelled" in ana.get(address(cast, waiting)).content.decode()
    ana.post(address(cast, waiting, "start/"))
    assert running.take_turn(cast.acme, waiting.pk).status == "done"
    with tenancy.scope(cast.acme):
        assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"import.cancelled", "import.started"}


def test_what_is_done_is_not_started_again_by_accident(cast, ana):
    run = taken_in(cast.acme, DATA, mapping=COLUMNS)
    ana.post(address(cast, run, "start/"))
    with tenancy.scope(cast.acme):
        assert Import.objects.get().status == "done"


def test_after_trying_it_out_it_starts_for_good(cast, ana):
    run = taken_in(cast.acme, DATA, mapping=COLUMNS)
    with tenancy.scope(cast.acme):
        Import.objects.update(is_dry_run=True)
    assert "Start the import" in ana.get(address(cast, run)).content.decode()
    ana.post(address(cast, run, "start/"))
    with tenancy.scope(cast.acme):
        now = Import.objects.get()
        assert (now.status, now.is_dry_run, now.row, now.rows) == ("waiting", False, 1, 0)


def test_a_failed_import_says_what_to_do(cast, ana, waiting, settings):
    with tenancy.scope(cast.acme):
        (settings.MEDIA_ROOT / waiting.path).unlink()
    assert running.take_turn(cast.acme, waiting.pk).status == "failed"
    page = ana.get(address(cast, waiting)).content.decode()
    assert "no longer here" in page
    assert "Hand in another file" in page


@pytest.mark.parametrize("tail", ["", "columns/", "errors.csv"])
def test_a_viewer_is_refused(cast, ben, waiting, tail):
    assert ben.get(address(cast, waiting, tail)).status_code == 403


@pytest.mark.parametrize("tail", ["start/", "cancel/"])
def test_what_acts_is_posted_to(cast, ana, ben, waiting, tail):
    assert ana.get(address(cast, waiting, tail)).status_code == 405
    assert ben.post(address(cast, waiting, tail)).status_code == 403


def test_the_names_of_the_columns_are_no_formulas_either(cast, ana):
    run = taken_in(cast.acme, DATA.replace(b"naam", b"=1+1"), mapping={**COLUMNS, "first_name": "=1+1"})
    head = b"".join(ana.get(address(cast, run, "errors.csv")).streaming_content).decode().splitlines()[0]
    assert "'=1+1" in head


def test_bytes_that_make_no_sense_do_not_break_the_error_file_off(cast, ana):
    data = DATA.replace(b"3;Cas;", b"3;Ca\xe9s;1990-02-31") + "4;José;\n5;Zoë;1990-02-32\n".encode() * 40
    run = taken_in(cast.acme, data, mapping=COLUMNS)
    assert run.encoding == "utf-8"
    rows = b"".join(ana.get(address(cast, run, "errors.csv")).streaming_content).decode().splitlines()
    assert len(rows) > 40
    assert "Ca\ufffds" in "\n".join(rows)


def test_starting_holds_the_import_so_that_a_second_click_finds_it_started(cast, ana, waiting):
    with tenancy.scope(cast.acme):
        Import.objects.update(status="draft")
    with CaptureQueriesContext(connection) as queries:
        ana.post(address(cast, waiting, "columns/"), {"read": "1"})
    first = next(one["sql"] for one in queries if 'FROM "customers_import"' in one["sql"])
    assert "FOR UPDATE" in first

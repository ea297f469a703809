"""The audit log as a file: all that was found, safe in a spreadsheet, for who may both read it and export."""

import csv
import io

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from accounts.team import join
from accounts.views import audit_entries
from tests.accounts.test_audit_entry_list import enter
from tests.conftest import signed_in

PAGE = "/t/acme/audit/export/"


def lines(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_holds_what_was_found(cast, ana):
    enter(cast.acme, "one", "two")
    answer = ana.get(f"{PAGE}?action=member.viewed")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert [line["object_name"] for line in lines(answer)] == ["one", "two"]


def test_it_holds_nothing_of_another_tenant(cast, ana):
    enter(cast.globex, "theirs")
    assert "theirs" not in str(lines(ana.get(PAGE)))


def test_a_formula_is_only_a_text(cast, ana):
    enter(cast.acme, '=HYPERLINK("http://evil.example")', user_agent='@SUM(1)","=1+1')
    (line,) = lines(ana.get(f"{PAGE}?action=member.viewed"))
    assert line["object_name"].startswith("'=")
    assert line["user_agent"] == '\'@SUM(1)","=1+1'


@pytest.mark.parametrize("count", [6, 7, 8, 14, 15])
def test_every_line_is_there_once_across_batches(cast, ana, monkeypatch, count):
    monkeypatch.setattr(audit_entries, "BATCH", 7)
    enter(cast.acme, *(f"n{number}" for number in range(count)))
    found = [line["object_name"] for line in lines(ana.get(f"{PAGE}?action=member.viewed"))]
    assert found == [f"n{number}" for number in range(count)]


def test_exporting_is_itself_recorded_with_what_was_asked(cast, ana):
    ana.get(f"{PAGE}?q=ben&since=2026-01-01")
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="audit.exported")
    assert (entry.actor_id, entry.after) == (cast.ana.pk, {"q": "ben", "since": "2026-01-01"})


def test_a_question_that_makes_no_sense_exports_nothing_and_says_why(cast, ana):
    answer = ana.get(f"{PAGE}?since=yesterday", headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert "valid date" in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert not AuditEntry.objects.filter(action="audit.exported").exists()


@pytest.mark.parametrize(
    ("roles", "may_export", "status"),
    [
        (["owner"], False, 200),
        (["privacy_officer"], False, 200),
        (["admin"], True, 200),
        (["admin"], False, 403),
        (["viewer"], True, 403),
        (["editor"], False, 403),
    ],
)
def test_it_takes_both_permissions(cast, cleo_user, roles, may_export, status):
    with tenancy.scope(cast.acme):
        join(cleo_user, roles=roles, may_export=may_export, actor=SYSTEM)
    assert signed_in(cleo_user).get(PAGE).status_code == status


def test_a_stranger_finds_nothing(mallory):
    assert mallory.get(PAGE).status_code == 404


def test_only_by_get(ana):
    assert ana.post(PAGE).status_code == 405

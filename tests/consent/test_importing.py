"""Consents from elsewhere: with proof they count, without they do not, and no row turns a no into a yes (CR5, CR6, CC7, CC9, DS9, SE11)."""

import csv
import hashlib
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from consent import choices, gate, importing
from consent.models import ConsentState, LedgerEvent, PurposeVersion, Reason
from consent.rights import erasing
from customers.models import Customer
from tests.consent import rows

pytestmark = pytest.mark.django_db
HEADER = "E-mail;Datum;Keuze"
PROOF = b"%PDF of the paper forms"
MAP = ["email=E-mail", "given_at=Datum"]


@pytest.fixture
def acme(cast):
    with tenancy.scope(cast.acme):
        rows.purpose(needs_confirmation=True)
        rows.source()
    return cast.acme


@pytest.fixture
def evidence(tmp_path) -> Path:
    path = tmp_path / "forms.pdf"
    path.write_bytes(PROOF)
    return path


def run(tmp_path: Path, *lines: str, maps: list[str] = MAP, header: str = HEADER, **more) -> dict:
    file, said = tmp_path / "consents.csv", StringIO()
    file.write_text("\n".join([header, *lines]) + "\n")
    options = {"tenant": "acme", "source": "shop", "purpose": "newsletter", "channel": "email", "map": maps, **more}
    call_command("import_consents", str(file), stdout=said, stderr=StringIO(), **options)
    return json.loads(said.getvalue().splitlines()[-1])


def faults(tmp_path: Path, *lines: str, **more) -> list[list[str]]:
    path = tmp_path / "errors.csv"
    run(tmp_path, *lines, errors=str(path), **more)
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))[1:]


def reason(tenant, email: str) -> Reason:
    with tenancy.scope(tenant):
        who = Customer.objects.get(email=email)
        return gate.ask([who.pk], rows.Purpose.objects.get(key="newsletter"), "email")[who.pk].reason


def test_with_evidence_each_row_is_a_yes_of_its_own_time(acme, tmp_path, evidence):
    """CR2, CR6"""
    said = run(tmp_path, "Ada@Example.com;2024-03-01 12:30", "noor@example.com;01-04-2024", evidence=str(evidence))
    assert {name: said[name] for name in ("rows", "recorded", "unknown", "refused", "new_customers")} == {
        "rows": 2,
        "recorded": 2,
        "unknown": 0,
        "refused": 0,
        "new_customers": 2,
    }
    assert [reason(acme, email) for email in ("ada@example.com", "noor@example.com")] == [Reason.EXPIRED, Reason.EXPIRED]
    with tenancy.scope(acme):
        state = ConsentState.objects.get(customer__email="ada@example.com")
        assert state.since == datetime(2024, 3, 1, 11, 30, tzinfo=UTC)
        (event,) = choices.history(state.customer_id)
        assert event.fields["evidence_sha256"] == hashlib.sha256(PROOF).hexdigest()
        assert event.fields["import_batch"] == said["batch"]
        assert (event.fields["method"], event.fields["indicated_by"]) == ("import", "customer")
        assert AuditEntry.objects.get(action="consent.imported").after["recorded"] == 2


def lately(days: int = 10) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat()


def test_a_proved_yes_of_lately_may_be_sent_to(acme, tmp_path, evidence):
    run(tmp_path, f"ada@example.com;{lately()}", evidence=str(evidence))
    assert reason(acme, "ada@example.com") == Reason.ALLOWED


@pytest.mark.parametrize("with_evidence", [True, False])
def test_without_evidence_or_time_it_is_unknown_and_told(acme, tmp_path, evidence, with_evidence):
    """CR5: not sendable."""
    more = {"evidence": str(evidence)} if with_evidence else {}
    line = "ada@example.com;" if with_evidence else f"ada@example.com;{lately()}"
    ((row, _column, _value, why),) = faults(tmp_path, line, **more)
    assert row == "2"
    assert "kept as unknown" in why
    assert reason(acme, "ada@example.com") == Reason.NO_BASIS
    with tenancy.scope(acme):
        assert ConsentState.objects.get().state == "unknown"


@pytest.mark.parametrize("said_no", ["withdrawn", "refused", "objected"])
def test_no_row_turns_a_no_into_a_yes_unless_newer_and_proved(acme, tmp_path, evidence, said_no):
    """CC7"""
    with tenancy.scope(acme):
        at = timezone.now() - timedelta(days=20)
        rows.allow(rows.customer(), rows.Purpose.objects.get(), state=said_no, occurred_at=at)
    before = reason(acme, "ada@example.com")
    ((row, _column, _value, why),) = faults(tmp_path, f"ada@example.com;{lately(30)}", evidence=str(evidence))
    assert (row, "Only a newer yes" in why) == ("2", True)
    faults(tmp_path, f"ada@example.com;{lately(10)}")  # newer, and nothing to show for it
    faults(tmp_path, "ada@example.com;", evidence=str(evidence))  # evidence, and no time
    assert reason(acme, "ada@example.com") == before
    assert run(tmp_path, f"ada@example.com;{lately(10)}", evidence=str(evidence))["recorded"] == 1
    assert reason(acme, "ada@example.com") == Reason.ALLOWED


def test_the_last_word_counts_however_the_rows_are_ordered(acme, tmp_path, evidence):
    """CC7"""
    maps = [*MAP, "state=Keuze"]
    lines = [f"ada@example.com;{lately(5)};uitgeschreven", f"ada@example.com;{lately(9)};ja"]
    lines += [f"noor@example.com;{lately(5)};yes", f"noor@example.com;{lately(9)};unsubscribed"]
    run(tmp_path, *lines, maps=maps, evidence=str(evidence))
    assert [reason(acme, f"{name}@example.com") for name in ("ada", "noor")] == [Reason.WITHDRAWN, Reason.ALLOWED]


def test_an_old_no_does_not_end_a_newer_yes_and_a_newer_one_does(acme, tmp_path):
    with tenancy.scope(acme):
        at = timezone.now() - timedelta(days=10)
        rows.allow(rows.customer(), rows.Purpose.objects.get(), occurred_at=at, confirm_message_id="<1@portret>")
    maps = [*MAP, "state=Keuze"]
    assert "said yes after that" in faults(tmp_path, f"ada@example.com;{lately(20)};no", maps=maps)[0][3]
    assert reason(acme, "ada@example.com") == Reason.ALLOWED
    run(tmp_path, f"ada@example.com;{lately(2)};no", maps=maps)
    assert reason(acme, "ada@example.com") == Reason.WITHDRAWN


def test_the_same_file_twice_adds_nothing(acme, tmp_path, evidence):
    lines = [f"ada@example.com;{lately()};ja", f"noor@example.com;{lately()};nee"]
    first = run(tmp_path, *lines, maps=[*MAP, "state=Keuze"], evidence=str(evidence))
    second = run(tmp_path, *lines, maps=[*MAP, "state=Keuze"], evidence=str(evidence))
    assert (first["recorded"], second["recorded"], second["refused"]) == (2, 0, 0)
    assert second["new_customers"] == 0


def test_bad_rows_are_told_with_number_and_reason_and_the_others_go_in(acme, tmp_path, evidence):
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    lines = ["ada@@example.com;2024-01-01;ja", ";2024-01-01;ja", "b@example.com;31-02-2024;ja", f"c@example.com;{tomorrow};ja"]
    lines += ["d@example.com;2024-01-01;perhaps", "", f"e@example.com;{lately()};ja"]
    found = faults(tmp_path, *lines, maps=[*MAP, "state=Keuze"], evidence=str(evidence))
    assert [(row, column) for row, column, _value, _why in found] == [
        ("2", "E-mail"),
        ("3", ""),
        ("4", "Datum"),
        ("6", "Keuze"),
        ("5", ""),
    ]
    assert "lies in the future" in found[-1][3]  # CR6
    assert reason(acme, "e@example.com") == Reason.ALLOWED


def test_the_error_file_runs_nothing_in_a_spreadsheet(acme, tmp_path, evidence):
    """SE11"""
    ((_row, _column, value, _why),) = faults(tmp_path, '"=HYPERLINK(""https://evil.example"")";2024-01-01', evidence=str(evidence))
    assert value.startswith("'=")


def test_who_was_erased_stays_away(acme, tmp_path, evidence):
    """DS9"""
    with tenancy.scope(acme):
        erasing.erase([rows.customer().pk], actor=SYSTEM)
    ((_row, _column, _value, why),) = faults(tmp_path, f"ada@example.com;{lately()}", evidence=str(evidence))
    assert "was erased" in why
    with tenancy.scope(acme):
        assert not Customer.objects.exists()


def test_a_phone_number_names_who_it_is(acme, tmp_path, evidence):
    with tenancy.scope(acme):
        rows.purpose("offers", channels=("sms",))
    maps = ["phone=Telefoon", "given_at=Datum"]
    run(tmp_path, f"06 12345678;{lately()}", header="Telefoon;Datum", maps=maps, purpose="offers", channel="sms", evidence=str(evidence))
    with tenancy.scope(acme):
        who = Customer.objects.get()
        assert gate.ask([who.pk], rows.Purpose.objects.get(key="offers"), "sms")[who.pk].reason == Reason.ALLOWED


SALE = ["W1", "Records", "ja", "tick box at the till", "ja"]


@pytest.mark.parametrize("missing", [None, 0, 1, 2, 3, 4])
def test_a_soft_opt_in_needs_its_whole_sale(acme, tmp_path, evidence, missing):
    """CC9, CC10: drop any one, and it is none."""
    soft = {"eprivacy_basis": PurposeVersion.EPrivacy.SOFT_OPT_IN, "gdpr_basis": PurposeVersion.Gdpr.LEGITIMATE_INTEREST}
    with tenancy.scope(acme):
        rows.purpose("similar", similar_products="Records", **soft)
    cells = ["" if place == missing else cell for place, cell in enumerate(SALE)]
    maps = [*MAP, *(f"{target}={target}" for target in importing.SALE)]
    header, line = ";".join(["E-mail", "Datum", *importing.SALE]), ";".join(["ada@example.com", lately(), *cells])
    said = run(tmp_path, line, header=header, maps=maps, purpose="similar", evidence=str(evidence))
    assert (said["recorded"], said["refused"]) == ((1, 0) if missing is None else (0, 1))
    with tenancy.scope(acme):
        assert [state.basis for state in ConsentState.objects.all()] == (["soft_opt_in"] if missing is None else [])


def test_five_thousand_rows_go_in_by_batches(acme, tmp_path, evidence):
    lines = [f"n{number}@example.com;{lately()}" for number in range(5_000)]
    said = run(tmp_path, *lines, evidence=str(evidence))
    assert (said["rows"], said["recorded"]) == (5_000, 5_000)
    with tenancy.scope(acme):
        assert LedgerEvent.objects.count() == 5_000


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"tenant": "nobody"}, "no organisation"),
        ({"purpose": "never"}, "not in force"),
        ({"channel": "sms"}, "not in force"),
        ({"maps": ["given_at=Datum"]}, "Say which column"),
        ({"maps": ["email=Mail"]}, "no column"),
        ({"maps": ["mood=E-mail"]}, "none of"),
        ({"maps": ["email"]}, "TARGET=COLUMN"),
        ({"evidence": "/nowhere.pdf"}, "No such file"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(acme, tmp_path, more, word):
    with pytest.raises(CommandError, match=word):
        run(tmp_path, "ada@example.com;2024-01-01", **more)

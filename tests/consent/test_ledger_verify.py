"""Tampering by whoever owns the database, or a bundle of it, and both verifiers that find it (CR10, BA5)."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import tenancy
from accounts.models import AuditEntry
from consent.ledger import appending, bundle, checking, copies, hashing, redacting, signing, subjects, tree, verifier, verifying
from consent.ledger.appending import Entry
from consent.models import Checkpoint, LedgerEvent, Subject
from tests import databases
from tests.conftest import make_cast
from tests.consent import ledger_rows

VERIFIER = Path(verifier.__file__)


def whole_log(tenant) -> None:
    """Twelve subjects, five events each in three checkpoints, and some that wait."""
    who = [ledger_rows.subject() for _ in range(12)]
    for turn in range(3):
        for _ in range(turn + 1):
            appending.append([Entry(each, {**ledger_rows.FIELDS, "turn": str(turn)}) for each in who])
        tree.sequence()
        tree.checkpoint()
    ledger_rows.log(2)


@pytest.fixture
def acme(committed):
    cast = make_cast()
    with tenancy.scope(cast.acme) as tenant:
        whole_log(tenant)
    return cast.acme


def findings(tenant) -> set[str]:
    with tenancy.scope(tenant):
        return {finding.code for finding in verifying.verify().findings}


def exported(tenant, path: Path) -> Path:
    path.write_text("".join(bundle.lines(tenant)), encoding="utf-8")
    return path


def verified(*arguments: object) -> tuple[int, list[str], dict]:
    """By the one file, in a process of its own that knows nothing of us."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    return done.returncode, lines[:-1], json.loads(lines[-1]) if done.returncode < 2 else {}


def test_a_log_that_nobody_touched_is_whole(acme, tmp_path):
    assert findings(acme) == set()
    code, lines, summary = verified(exported(acme, tmp_path / "log.jsonl"))
    assert (code, lines) == (0, [])
    with tenancy.scope(acme):
        count = LedgerEvent.objects.count()
    assert (summary["events"], summary["opened"], summary["checkpoints"]) == (count, count, 3)


# What an owner of the tables can do once triggers are off, and what must be said of it.
CHAIN_OF_ONE = "(SELECT subject_id FROM consent_ledgerevent WHERE seq = 3 LIMIT 1)"
BREAKS = {
    "a digest is changed": (
        "UPDATE consent_evidence SET digests = set_byte(digests, length(digests) - 1, 255 - get_byte(digests, length(digests) - 1))"
        " WHERE id = (SELECT min(id) FROM consent_evidence)",
        {"digests"},
    ),
    "evidence is changed": ("UPDATE consent_evidence SET sealed = sealed || 'x' WHERE has_ip AND id % 5 = 0", {"sealed"}),
    "evidence is gone": ("DELETE FROM consent_evidence WHERE id = (SELECT min(id) FROM consent_evidence)", {"evidence_missing"}),
    "a row is dropped": (
        f"DELETE FROM consent_ledgerevent WHERE subject_id = {CHAIN_OF_ONE} AND seq = 2",
        {"event_missing", "chain"},
    ),
    "the tail of a chain is cut": (
        f"DELETE FROM consent_ledgerevent WHERE subject_id = {CHAIN_OF_ONE} AND seq = 6",
        {"event_missing", "head"},
    ),
    "a whole subject is dropped": (
        "DELETE FROM consent_leaf l USING consent_ledgerevent e WHERE e.event_id = l.event_id AND e.subject_id = "
        f"{CHAIN_OF_ONE}; DELETE FROM consent_ledgerevent WHERE subject_id = {CHAIN_OF_ONE}",
        {"leaf_missing", "root", "head"},
    ),
    "two rows change places": (
        "UPDATE consent_leaf SET index = CASE index WHEN 3 THEN -4 ELSE -3 END WHERE index IN (3, 4);"
        "UPDATE consent_leaf SET index = -index WHERE index < 0",
        {"root"},
    ),
    "the tree is cut": ("DELETE FROM consent_leaf WHERE index >= 50", {"cut", "not_waiting"}),
    "an event is changed": ("UPDATE consent_ledgerevent SET fields_root = sha256('x') WHERE seq = 2", {"leaf", "digests"}),
    "an event moves to another subject": (
        "UPDATE consent_ledgerevent SET subject_id = (SELECT max(id) FROM consent_subject), seq = 99 WHERE id = (SELECT min(id) FROM "
        "consent_ledgerevent)",
        {"leaf", "chain"},
    ),
    "a note is changed": ("UPDATE consent_checkpoint SET note = replace(note, 'acme', 'acne')", {"signature"}),
    "a root is changed": ("UPDATE consent_checkpoint SET root = sha256('x')", {"root", "note"}),
    "a node is changed": ("UPDATE consent_node SET hash = sha256('x') WHERE level = 2 AND index = 1", {"node"}),
    "a subject says another end": ("UPDATE consent_subject SET head_seq = 2 WHERE head_seq = 6", {"head"}),
    "an event never waits": ("DELETE FROM consent_ledgerinbox", {"not_waiting"}),
    "the key is swapped": ("UPDATE consent_signingkey SET public = sha256('x')", {"signature"}),
}


@pytest.mark.parametrize(("statements", "codes"), BREAKS.values(), ids=BREAKS.keys())
def test_whatever_the_owner_of_the_tables_changes_is_found(acme, statements, codes):
    tamper(acme, statements)
    assert codes <= findings(acme)


def tamper(tenant, statements: str) -> None:
    """As the owner of the tables, with the triggers off."""
    tables = ("ledgerevent", "leaf", "node", "checkpoint")
    with databases.owner_connection(configured.DATABASES["default"]["NAME"]) as owner, owner.transaction():
        owner.execute(f"SET LOCAL app.tenant = '{tenant.pk}'")
        for table in tables:
            owner.execute(f"ALTER TABLE consent_{table} DISABLE TRIGGER USER")
        for statement in statements.split(";"):
            owner.execute(statement)
        for table in tables:
            owner.execute(f"ALTER TABLE consent_{table} ENABLE TRIGGER USER")


# What can be done to a bundle, in place. Events stand in `events`.
def change_field(events):
    event = next(event for event in events if event["open"])
    event["open"]["state"][1] = "withdrawn"


def drop_row(events):
    events.pop(10)


def cut_tail(events):
    del events[-8:]


def swap_rows(events):
    first, second = events[3], events[4]
    events[3], events[4] = {**second, "index": 3}, {**first, "index": 4}


def change_digest(events):
    events[7]["digests"]["state"] = "11" * 32
    events[7]["open"].pop("state")


def change_root(events):
    events[9]["root"] = "00" * 32


def rewrite(events):
    """Consistent in itself, to the end of the chain; only the signing key is missing."""
    event = next(event for event in events if event["seq"] == 1)
    event["digests"]["state"] = hashing.field_digest("state", "withdrawn", bytes(16)).hex()
    event["open"]["state"] = ["00" * 16, "withdrawn"]
    mine = sorted((each for each in events if each["subject"] == event["subject"]), key=lambda each: each["seq"])
    before = bytes(32)
    for each in mine:
        root = hashing.fields_root(hashing.pack({name: bytes.fromhex(digest) for name, digest in each["digests"].items()}))
        ids = uuid.UUID(each["event"]), uuid.UUID(each["subject"])
        leaf = hashing.leaf(each["tenant"], *ids, place=(each["seq"], before), root=root)
        each |= {"root": root.hex(), "prev": before.hex(), "leaf": leaf.hex()}
        before = leaf


TRICKS = {
    change_field: "the field state was changed",
    drop_row: "the tree has a gap here",
    cut_tail: "the log was cut",
    swap_rows: "history was rewritten",
    change_digest: "the digests are not those that were logged",
    change_root: "its hash is not that of what it says",
    rewrite: "history was rewritten",
}


def tampered(path: Path, trick: Callable, tenant) -> Path:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    events = [row["event"] | {"tenant": tenant.pk} for row in rows if "event" in row]
    trick(events)
    kept = [row for row in rows if "event" not in row and "end" not in row]
    for event in events:
        event.pop("tenant")
    body = [*kept, *({"event": event} for event in events), {"end": {"events": len(events)}}]
    path.write_text("\n".join(map(json.dumps, body)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("trick", "said"), TRICKS.items(), ids=[trick.__name__ for trick in TRICKS])
def test_whatever_is_changed_in_a_bundle_is_found_offline(acme, tmp_path, trick, said):
    code, lines, _summary = verified(tampered(exported(acme, tmp_path / "log.jsonl"), trick, acme))
    assert code == 1
    assert any(said in line for line in lines), lines


def test_a_bundle_that_ends_too_soon_is_not_whole(acme, tmp_path):
    path = exported(acme, tmp_path / "log.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-3]), encoding="utf-8")
    code, said, _summary = verified(path)
    assert code == 1
    assert "it was cut" in said[0]
    path.write_text("not json", encoding="utf-8")
    assert verified(path)[0] == 2


def test_what_was_kept_outside_finds_a_history_that_was_signed_again(acme, tmp_path):
    """Whoever has the database and the signing key can rewrite everything but the copies of others."""
    copies.keep_up(acme)
    kept = tmp_path / "kept.txt"
    kept.write_text("Dear officer,\r\n\r\n" + copies.path_of(acme).read_text().replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert verified(exported(acme, tmp_path / "log.jsonl"), "--checkpoints", kept)[0] == 0
    databases.wipe()
    with tenancy.scope(make_cast().acme) as anew:
        whole_log(anew)
        code, lines, _summary = verified(exported(anew, tmp_path / "anew.jsonl"), "--checkpoints", kept)
        assert code == 1
        assert sum("your checkpoint" in line for line in lines) == 3


def test_a_cut_of_the_whole_log_is_found_by_the_copy_in_a_file(acme):
    copies.keep_up(acme)
    rows_of = ("checkpoint WHERE tree_size > 12", "leaf WHERE index >= 12", "node")
    tamper(acme, "; ".join(f"DELETE FROM consent_{each}" for each in rows_of))
    with tenancy.scope(acme):
        said = {finding.what for finding in verifying.verify().findings if finding.code == "copy"}
    assert any("the file has a checkpoint of" in what for what in said)


def test_a_key_that_is_known_beforehand_is_believed_and_no_other(acme, tmp_path):
    with tenancy.scope(acme):
        ours = signing.verifier_key(signing.current())
    path = exported(acme, tmp_path / "log.jsonl")
    assert verified(path, "--key", ours)[0] == 0
    other = "elsewhere.example/acme+00000000+AQ" + "A" * 42
    code, lines, _summary = verified(path, "--key", other)
    assert code == 1
    assert all("signature" in line for line in lines)


def test_it_runs_on_old_pythons_and_imports_nothing_of_ours():
    text = VERIFIER.read_text()
    imported = {line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)
    assert "match " not in text


def test_its_signatures_are_those_of_rfc_8032():
    """Test 3 of section 7.1, and bytes that are no point or no signature."""
    public = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    text = bytes.fromhex("af82")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    assert verifier.is_signed(public, text, signature)
    assert not verifier.is_signed(public, b"other", signature)
    assert not verifier.is_signed(bytes([2]) + bytes(31), text, signature)
    assert not verifier.is_signed(public, text, signature[:32] + b"\xff" * 32)
    assert not verifier.is_signed(public, text, signature[:-1])


def test_after_erasing_a_third_and_forgetting_addresses_everything_still_adds_up(cast, tmp_path):
    """20 of 60 subjects, and the address of all (CR8, RT3)."""
    with tenancy.scope(cast.acme):
        who = [ledger_rows.subject() for _ in range(60)]
        for _ in range(8):
            appending.append([Entry(each, ledger_rows.FIELDS) for each in who])
            tree.sequence()
            tree.checkpoint()
        assert redacting.shred(who[:20]) == 20
        assert redacting.forget_ips(redacting.timezone.now()) == 40 * 8
        found = verifying.verify()
        assert (found.findings, found.opened) == ([], 40 * 8 + 1)
        assert Subject.objects.filter(erased_at=None, pk__in=who).count() == 40
    code, lines, summary = verified(exported(cast.acme, tmp_path / "log.jsonl"))
    assert (code, lines, summary["opened"]) == (0, [], 40 * 8 + 1)
    assert "203.0.113.9" not in (tmp_path / "log.jsonl").read_text()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(["log", "tree", "sign", "redact", "shred", "renew"]), st.integers(0, 5)), max_size=25),
    at=st.integers(0, 10**6),
)
def test_any_history_adds_up_and_any_byte_that_is_changed_in_its_bundle_is_found(cast, tmp_path, steps, at):
    from django.db import transaction

    with transaction.atomic():
        with tenancy.scope(cast.acme):
            live = list(subjects.of_customers(range(6)).values())
            for step, number in [*steps, ("log", 1), ("tree", 0), ("sign", 0)]:
                play(step, number, live)
            assert verifying.verify().findings == []
        lines = list(bundle.lines(cast.acme))
        transaction.set_rollback(True)
    check = lambda: offline(lines)  # noqa: E731
    assert check() == []
    events = [place for place, line in enumerate(lines) if line.startswith('{"event"')]
    place = events[at % len(events)]
    event = json.loads(lines[place])["event"]
    name = ["leaf", "prev", "root", "subject"][at % 4]
    event[name] = ("1" if event[name][0] != "1" else "2") + event[name][1:]
    lines[place] = json.dumps({"event": event})
    assert check() != []


def play(step: str, number: int, live: list[int]) -> None:
    if step == "log" and number < len(live):
        appending.append([Entry(live[number], ledger_rows.FIELDS)] * (number + 1))
    elif step == "tree":
        tree.sequence(most=number + 1)
    elif step == "sign":
        tree.checkpoint()
    elif step == "redact":
        redacting.forget_ips(redacting.timezone.now())
    elif step == "shred" and number < len(live):
        redacting.shred([live.pop(number)])
    elif step == "renew":
        signing.renew()


def offline(lines: list[str]) -> list[str]:
    log = verifier.Log(verifier.Keys(), [], [])
    for line in lines:
        log.take(json.loads(line))
    log.finish()
    return log.findings


def test_the_command_says_what_it_found_and_ends_with_a_summary(acme, capsys):
    call_command("ledger_verify", "--tenant", "acme")
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["tenants"], summary["findings"]) == (1, 0)
    tamper(acme, "UPDATE consent_ledgerevent SET fields_root = sha256('x') WHERE seq = 2")
    with pytest.raises(SystemExit) as end:
        call_command("ledger_verify")
    *lines, summary = capsys.readouterr().out.splitlines()
    assert end.value.code == 1
    assert json.loads(summary)["findings"] == len(lines) > 0
    assert all(line.startswith("acme: ") for line in lines)
    with pytest.raises(SystemExit):
        call_command("ledger_verify", "--tenant", "nobody")


def test_the_export_is_a_bundle_that_verifies_and_is_noted(acme, tmp_path, capsys):
    call_command("ledger_export", "--tenant", "acme", str(tmp_path / "log.jsonl"))
    assert verified(tmp_path / "log.jsonl")[0] == 0
    with tenancy.scope(acme):
        assert AuditEntry.objects.filter(action="ledger.exported").count() == 1


def test_a_check_that_finds_something_tells_whoever_must_know(acme, caplog):
    """BA5: an alert in the log of the machine, and a mail to the address for privacy."""
    from accounts.models import LegalIdentity, OutgoingMail

    address = {"legal_name": "Acme B.V.", "street": "Kade 1", "postal_code": "1000 AA", "city": "Amsterdam", "country": "NL"}
    with tenancy.scope(acme):
        LegalIdentity.objects.create(**address, privacy_email="privacy@acme.example")
        checking.ask()
    assert checking.run(acme).is_whole
    assert checking.run(acme) is None
    tamper(acme, "UPDATE consent_ledgerevent SET fields_root = sha256('x') WHERE seq = 2")
    with tenancy.scope(acme):
        assert checking.ask() == checking.ask()
    check = checking.run(acme)
    assert (check.is_whole, check.found > 0, check.done) == (False, True, check.total)
    assert check.findings[0].keys() == {"code", "where", "what"}
    assert "does not add up" in caplog.text
    assert [mail.recipients for mail in OutgoingMail.objects.all()] == [["privacy@acme.example"]]
    with tenancy.scope(acme):
        assert Checkpoint.objects.count() == 3

"""Forgetting addresses, destroying keys, and keys that are wrapped anew: less can be read, and the log still proves itself (CR8, RT3)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from accounts import tenancy
from consent.ledger import appending, keys, reading, redacting, rewrapping, signing, subjects, tree, verifying
from consent.ledger.appending import Entry
from consent.models import Evidence, Subject, SubjectKey
from tests.consent import ledger_rows

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def logged(days_ago: int, **fields: str) -> int:
    subject_id = ledger_rows.subject()
    at = (NOW - timedelta(days=days_ago)).isoformat()
    ledger_rows.log(subject_id=subject_id, recorded_at=at, user_agent="Firefox", **fields)
    return subject_id


def fields_of(subject_id: int) -> dict[str, str]:
    return reading.of_subjects([subject_id])[0].fields


def test_addresses_are_forgotten_after_their_time_and_nothing_else(in_acme):
    old, new = logged(40), logged(10)
    assert redacting.forget_ips(NOW - timedelta(days=30)) == 1
    assert "ip" not in fields_of(old)
    assert "user_agent" not in fields_of(old)
    assert fields_of(old)["state"] == "given"
    assert fields_of(new)["ip"] == "203.0.113.9"
    assert reading.of_subjects([old])[0].names == reading.of_subjects([new])[0].names
    assert redacting.forget_ips(NOW - timedelta(days=30)) == 0
    assert verifying.verify().findings == []


def test_many_are_forgotten_in_batches(in_acme, monkeypatch):
    monkeypatch.setattr(redacting, "BATCH", 2)
    for days in (50, 49, 48, 47, 46, 1):
        logged(days)
    assert redacting.forget_ips(NOW - timedelta(days=30)) == 5
    assert Evidence.objects.filter(has_ip=True).count() == 1


def test_evidence_of_a_lost_key_is_passed_over(in_acme, settings):
    logged(40)
    settings.SECRET_KEY, before = "another-" * 8, settings.SECRET_KEY
    logged(40)
    assert redacting.forget_ips(NOW) == 1
    settings.SECRET_KEY = before
    assert redacting.forget_ips(NOW) == 1


def test_a_shredded_subject_can_be_read_by_nobody_and_its_end_is_logged(in_acme):
    """RT3: the day after, it is not decryptable, and the log verifies."""
    subject_id, other = logged(1), logged(1)
    tree.sequence()
    tree.checkpoint()
    sealed = bytes(Evidence.objects.order_by("pk")[0].sealed)
    assert redacting.shred([subject_id]) == 1
    subject = Subject.objects.get(pk=subject_id)
    assert (subject.customer_id, subject.erased_at is not None) == (None, True)
    assert not SubjectKey.objects.filter(subject=subject).exists()
    first, last = reading.of_subjects([subject_id])
    assert (first.fields, last.fields, last.names) == ({}, {}, ("erased",))
    assert sealed not in [bytes(each.sealed or b"") for each in Evidence.objects.all()]
    assert fields_of(other)["state"] == "given"
    assert verifying.verify().findings == []


def test_shredding_twice_is_shredding_once(in_acme):
    subject_id = logged(1)
    assert redacting.shred([subject_id]) == 1
    assert redacting.shred([subject_id, 999]) == 0
    assert len(reading.of_subjects([subject_id])) == 2


def test_a_link_that_is_cut_leaves_the_proof_until_it_is_shredded(in_acme):
    """Art. 17(3)(e) GDPR: nobody in particular any more, but proof of what was allowed."""
    subject_id = logged(1)
    redacting.cut([subject_id])
    assert Subject.objects.get(pk=subject_id).customer_id is None
    assert fields_of(subject_id)["state"] == "given"
    assert redacting.shred([subject_id]) == 1
    assert fields_of(subject_id) == {}


def test_nothing_more_is_logged_about_an_erased_subject(in_acme):
    subject_id = logged(1)
    redacting.shred([subject_id])
    with pytest.raises(appending.SubjectGone):
        appending.append([Entry(subject_id, {"state": "given"})])


def test_the_subject_of_the_tenant_is_never_shredded(in_acme):
    assert redacting.shred([subjects.of_tenant()]) == 0


def test_subjects_of_another_tenant_are_never_shredded(cast):
    with tenancy.scope(cast.globex):
        theirs = logged(1)
    with tenancy.scope(cast.acme):
        assert redacting.shred([theirs]) == 0
    with tenancy.scope(cast.globex):
        assert fields_of(theirs)["state"] == "given"


def test_an_erased_subject_whose_evidence_comes_back_is_found(in_acme):
    subject_id = logged(1)
    redacting.shred([subject_id])
    line = next(line for line in verifying.walking.waiting(0) if line.is_erased)
    found = verifying.walking.Found()
    verifying.walking.look(verifying.walking.Line(**{**vars(line), "sealed": b"x"}), found)
    assert [finding.code for finding in found.findings] == ["erased"]


def test_keys_are_wrapped_anew_and_the_old_secret_can_go(cast, settings, capsys):
    with tenancy.scope(cast.acme):
        subject_id = logged(1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    call_command("ledger_rewrap")
    settings.SECRET_KEY_FALLBACKS = []
    with tenancy.scope(cast.acme):
        assert fields_of(subject_id)["state"] == "given"
    assert "acme: 1 keys rewrapped, 0" in capsys.readouterr().out


def test_a_key_that_is_lost_for_good_is_given_up_only_on_request_and_logging_goes_on(cast, settings):
    with tenancy.scope(cast.acme):
        subject_id = logged(1)
        signing.current()
    settings.SECRET_KEY = "another-" * 8
    with pytest.raises(SystemExit):
        call_command("ledger_rewrap")
    with tenancy.scope(cast.acme):
        with pytest.raises(keys.KeyLost):
            signing.renew()
        assert rewrapping.rewrap(gives_up=True) == (0, 2)
        signing.renew()
        appending.append([Entry(subject_id, {"state": "withdrawn"})])
        assert [event.fields for event in reading.of_subjects([subject_id])] == [{}, {"state": "withdrawn"}]
        assert verifying.verify().findings == []

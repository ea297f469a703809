"""The pages of the consent log: its state, events, one with its evidence, copies, the key, checking, export (BA1, BA5, CR10)."""

import json

import pytest

from accounts import tenancy
from accounts.models import AuditEntry, Membership
from consent.ledger import checking, redacting, signing, subjects, tree, verifier
from consent.models import CheckpointCopy, LedgerCheck, LedgerEvent, SigningKey
from consent.tasks import check_ledger_of, check_ledgers, sequence, sequence_of, sign_checkpoint_of, sign_checkpoints
from tests.conftest import signed_in
from tests.consent import ledger_rows

LOG = "/t/acme/consent-log/"


@pytest.fixture
def event(cast) -> LedgerEvent:
    with tenancy.scope(cast.acme):
        (event_id,) = ledger_rows.log(method="form", recorded_at="2026-03-01T09:00:00+00:00")
        return LedgerEvent.objects.get(event_id=event_id)


@pytest.fixture
def page_of(cast, event) -> str:
    with tenancy.scope(cast.acme):
        return f"{LOG}events/{event.public_id}/"


def noted(cast, action: str) -> int:
    with tenancy.scope(cast.acme):
        return AuditEntry.objects.filter(action=action).count()


def test_the_log_shows_what_waits_and_what_is_signed(cast, ana, event):
    assert "1 more waits" in ana.get(LOG).content.decode()
    sequence_of(tenant_id=cast.acme.pk)
    sign_checkpoint_of(tenant_id=cast.acme.pk)
    text = ana.get(LOG).content.decode()
    with tenancy.scope(cast.acme):
        key = signing.verifier_key(signing.current())
    assert key.replace("+", "+") in text
    assert "until event 1" in text
    assert "Not looked through yet" in text


def test_an_empty_log_says_so(ana):
    assert ana.get(LOG).status_code == 200
    assert "Nothing is logged yet" in ana.get(LOG + "events/").content.decode()


def test_the_list_is_newest_first_and_takes_the_same_queries_for_many(cast, ana, event, django_assert_max_num_queries):
    with tenancy.scope(cast.acme):
        for state in ("withdrawn", "given", "refused"):
            ledger_rows.log(20, state=state)
        redacting.shred([ledger_rows.subject()])
    with django_assert_max_num_queries(12):
        text = ana.get(LOG + "events/").content.decode()
    assert text.index("newsletter · E-mail · Refused") < text.index("newsletter · E-mail · Given")
    assert "Cannot be read any more" in text
    assert "?before=" in text
    assert ana.get(LOG + "events/?before=nonsense").status_code == 200


def test_one_event_shows_its_evidence_and_that_is_written_down(cast, ana, page_of):
    text = ana.get(page_of).content.decode()
    assert "203.0.113.9" in text
    assert noted(cast, "consent.viewed") == 1
    with tenancy.scope(cast.acme):
        redacting.forget_ips(redacting.timezone.now())
    text = ana.get(page_of).content.decode()
    assert "203.0.113.9" not in text
    assert "its digest stays" in text


def test_an_analyst_sees_the_log_and_nobody_in_it(cast, page_of):
    with tenancy.scope(cast.acme):
        Membership.objects.filter(user=cast.ben).update(roles=["analyst"])
    analyst = signed_in(cast.ben)
    assert analyst.get(LOG).status_code == analyst.get(LOG + "events/").status_code == 200
    assert page_of not in analyst.get(LOG + "events/").content.decode()
    assert analyst.get(page_of).status_code == analyst.get(page_of + "receipt/").status_code == 403


def test_a_receipt_that_cannot_be_made_says_what_it_lacks(cast, ana, page_of):
    for form in ("", "?form=kantara"):
        answer = ana.get(f"{page_of}receipt/{form}")
        assert answer.status_code == 409
        assert "pii_controllers" in answer.content.decode()


def test_what_a_lost_key_hides_is_said_and_the_rest_is_shown(cast, ana, event, page_of, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" * 8
    with tenancy.scope(cast.acme):
        ledger_rows.log(state="refused")
    settings.SECRET_KEY_FALLBACKS, browser = [], None
    browser = signed_in(cast.ana)
    assert "newsletter · E-mail · Refused" in browser.get(LOG + "events/").content.decode()
    assert "SECRET_KEY_FALLBACKS" in browser.get(page_of).content.decode()


@pytest.mark.parametrize(
    ("kind", "target"), [("mail", "privacy@acme.example"), ("hook", "https://witness.example/acme")], ids=["mail", "hook"]
)
def test_copies_are_added_and_removed(cast, ana, kind, target):
    assert ana.post(LOG + "copies/", {"kind": kind, "target": target}).status_code == 302
    with tenancy.scope(cast.acme):
        copy = CheckpointCopy.objects.get()
        gone = f"{LOG}copies/{copy.public_id}/remove/"
    assert (copy.kind, copy.target) == (kind, target)
    assert target in ana.get(LOG + "copies/").content.decode()
    assert ana.post(LOG + "copies/", {"kind": kind, "target": target}).status_code == 422
    assert ana.post(gone).status_code == 302
    assert ana.post(gone).status_code == 404
    assert noted(cast, "ledger.copy_changed") == 2


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("mail", "nobody"),
        ("hook", "http://witness.example/"),
        ("hook", "https://a:b@witness.example/"),
        ("file", "/etc/passwd"),
        ("mail", ""),
    ],
)
def test_a_copy_to_a_place_that_makes_no_sense_is_refused(cast, ana, kind, target):
    assert ana.post(LOG + "copies/", {"kind": kind, "target": target}).status_code == 422
    with tenancy.scope(cast.acme):
        assert not CheckpointCopy.objects.exists()


def test_the_copy_in_a_file_cannot_be_removed(cast, ana, event):
    sequence_of(tenant_id=cast.acme.pk)
    sign_checkpoint_of(tenant_id=cast.acme.pk)
    with tenancy.scope(cast.acme):
        copy = CheckpointCopy.objects.get(kind="file")
        address = f"{LOG}copies/{copy.public_id}/remove/"
    assert ana.post(address).status_code == 404


def test_the_key_is_renewed_on_purpose_only(cast, ana):
    assert ana.get(LOG + "key/").status_code == 200
    with tenancy.scope(cast.acme):
        before = signing.current()
    assert ana.post(LOG + "key/").status_code == 302
    with tenancy.scope(cast.acme):
        assert SigningKey.objects.get(pk=before.pk).retired_at
        assert signing.current() != before
    assert noted(cast, "ledger.key_renewed") == 1


def test_a_check_is_asked_for_shows_how_far_it_is_and_then_what_it_found(cast, ana, event):
    assert ana.post(LOG + "check/").status_code == 302
    assert ana.post(LOG + "check/").status_code == 302
    with tenancy.scope(cast.acme):
        assert LedgerCheck.objects.get().asked_by_id == cast.ana.pk
    text = ana.get(LOG).content.decode()
    assert "Waiting for its turn" in text
    assert "every 2s" in text
    check_ledger_of(tenant_id=cast.acme.pk)
    part = ana.get(LOG, headers={"HX-Request": "true"}).content.decode()
    assert "Everything adds up" in part
    assert "<html" not in part


def test_a_check_that_found_something_stands_on_the_page(cast, ana, event):
    with tenancy.scope(cast.acme):
        redacting.rows(redacting.REDACT, {"events": [event.event_id], "sealed": [b"nonsense"]})
        checking.ask()
    check_ledger_of(tenant_id=cast.acme.pk)
    text = ana.get(LOG).content.decode()
    assert "Something does not add up" in text
    assert str(event.event_id) in text


def test_beat_has_every_log_sequenced_signed_and_checked(cast, event):
    """Each tick is safe to run twice."""
    for _ in range(2):
        sequence()
        sign_checkpoints()
        check_ledgers()
    for tenant in (cast.acme, cast.globex):
        sequence_of(tenant_id=tenant.pk)
        sign_checkpoint_of(tenant_id=tenant.pk)
        check_ledger_of(tenant_id=tenant.pk)
    with tenancy.scope(cast.acme):
        assert tree.size() == 1
        assert checking.last().is_whole


def test_the_export_is_a_bundle_and_is_written_down(cast, ana, event):
    answer = ana.get(LOG + "export/")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    log = verifier.Log(verifier.Keys(), [], [])
    for line in lines:
        log.take(json.loads(line))
    log.finish()
    assert (log.findings, log.events) == ([], 1)
    assert noted(cast, "ledger.exported") == 1


def test_the_program_can_be_taken_along(ana):
    answer = ana.get(LOG + "verifier.py")
    assert b"".join(answer.streaming_content).startswith(b"#!/usr/bin/env python3")


@pytest.mark.parametrize("page", ["copies/", "key/", "export/"])
def test_a_viewer_may_look_and_not_change(ben, page):
    assert ben.get(LOG).status_code == 200
    assert ben.get(LOG + page).status_code == 403
    assert ben.post(LOG + page).status_code in (403, 405)


@pytest.mark.parametrize("page", ["", "events/", "copies/", "key/", "export/", "verifier.py"])
def test_a_stranger_finds_nothing(mallory, page):
    assert mallory.get(LOG + page).status_code == 404


@pytest.mark.parametrize(("page", "method"), [("", "post"), ("events/", "post"), ("check/", "get"), ("export/", "post"), ("key/", "put")])
def test_the_wrong_method_is_refused(ana, page, method):
    assert getattr(ana, method)(LOG + page).status_code == 405


def test_an_event_of_the_tenant_itself_is_shown_as_such(cast, ana):
    with tenancy.scope(cast.acme):
        signing.current()
        event = LedgerEvent.objects.get(subject_id=subjects.of_tenant())
        address = f"{LOG}events/{event.public_id}/"
    assert "A new key that signs" in ana.get(LOG + "events/").content.decode()
    assert ana.get(address).status_code == 200

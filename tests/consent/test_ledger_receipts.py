"""Receipts: complete after ISO/IEC TS 27560 and Kantara, signed, and proved offline; or refused with what they lack (CR9, CR12)."""

import copy
import json
from pathlib import Path
from uuid import uuid4

import jsonschema
import pytest

from accounts.models import LegalIdentity
from consent.ledger import bundle, facts, receipts, redacting, signing, subjects, tree, verifier
from consent.models import LedgerEvent, Notice, PurposeVersion, Subject
from consent.notices import shown
from tests.consent import ledger_rows
from tests.consent import rows as made

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "receipt.schema.json").read_text())
KANTARA = json.loads((HERE / "kantara.schema.json").read_text())
WHO = {"legal_name": "Acme B.V.", "street": "Kade 1", "postal_code": "1000 AA", "city": "Amsterdam", "country": "NL"}
AT = "2026-03-01T09:00:00+00:00"


@pytest.fixture
def newsletter(in_acme):
    LegalIdentity.objects.create(**WHO, privacy_email="privacy@acme.example")
    return made.purpose(recipients=[{"name": "Printer B.V.", "role": "processor", "country": "NL"}])


@pytest.fixture
def choice(newsletter):
    return log(newsletter)


def log(purpose, **fields: str):
    notice = shown(purpose.version, "nl")
    said = {
        "purpose": purpose.key,
        "purpose_version": str(purpose.version.number),
        "basis": "consent",
        "method": "form",
        "form_version": "3",
        "control": "checkbox",
        "control_default": "unticked",
        "indicated_by": "customer",
        "occurred_at": AT,
        "recorded_at": AT,
        "valid_until": "2028-03-01T09:00:00+00:00",
        "notice_sha256": notice.sha256,
        "notice_language": "nl",
    }
    return ledger_rows.log(**(said | fields))[0]


def checked(receipt: dict, *keys: str) -> list[str]:
    """What the offline program says of it."""
    trusted, said = verifier.Keys(), []
    for key in keys or (signing.verifier_key(signing.current()),):
        trusted.add(key)
    verifier.check_receipt(receipt, trusted, lambda where, what: said.append(what))
    return said


def in_tree() -> None:
    ledger_rows.log(6)
    tree.sequence()
    tree.checkpoint()


def test_a_receipt_says_everything_that_the_standard_asks_for(choice):
    receipt = receipts.receipt(choice, language="nl")
    jsonschema.validate(receipt, SCHEMA)
    process = receipt["dpv:hasProcess"][0]
    assert process["dpv:hasPurpose"]["skos:broader"] == {"@id": "dpv:DirectMarketing"}
    assert process["dpv:hasPurpose"]["dct:title"] == "Nieuwsbrief"
    assert process["dpv:hasRecipient"] == [{"@type": "dpv:Recipient", "dpv:hasName": "Printer B.V."}]
    assert {"@type": "dpv:StorageDuration", "dpv:hasDuration": "P730D"} in process["dpv:hasStorageCondition"]
    (status,) = receipt["dpv:hasConsentStatus"]
    assert status["@type"] == ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    assert status["dpv:hasDuration"] == {"@type": "dpv:TemporalDuration", "@value": "P731D"}
    assert "form version: 3" in status["dpv:hasIndicationMethod"]
    assert receipt["dpv:hasNotice"]["ex:text"].startswith("Acme B.V.\nNieuwsbrief")


def test_a_receipt_of_kantara_says_all_it_must(choice):
    receipt = receipts.kantara(choice, language="en-gb")
    jsonschema.validate(receipt, KANTARA)
    assert receipt["consentTimestamp"] == 1772355600
    assert receipt["services"][0]["purposes"][0]["thirdPartyName"] == "Printer B.V."


def test_before_its_event_is_in_the_tree_a_receipt_promises_when(choice):
    receipt = receipts.receipt(choice, language="nl")
    assert receipt["ex:proof"]["ex:inTreeBefore"] == "2026-03-01T09:10:00+00:00"
    assert checked(receipt) == []


def test_in_the_tree_a_receipt_carries_its_proof(choice):
    in_tree()
    receipt = receipts.receipt(choice, language="nl")
    assert receipt["ex:proof"]["ex:inclusion"]["index"] == 0
    assert checked(receipt) == []
    assert checked(json.loads(json.dumps(receipt, indent=2))) == []


def test_the_network_address_is_not_in_a_receipt(choice):
    assert "203.0.113.9" not in json.dumps(receipts.receipt(choice, language="nl"))


def changed_field(receipt):
    receipt["ex:proof"]["ex:event"]["open"]["state"][1] = "refused"


def changed_status(receipt):
    receipt["dpv:hasConsentStatus"][0]["@type"] = ["dpv:ConsentRefused"]


def changed_seq(receipt):
    receipt["ex:proof"]["ex:event"]["seq"] = 2


def changed_place(receipt):
    receipt["ex:proof"]["ex:inclusion"]["index"] = 1


def changed_checkpoint(receipt):
    inclusion = receipt["ex:proof"]["ex:inclusion"]
    inclusion["checkpoint"] = inclusion["checkpoint"].replace("\n7\n", "\n8\n")


@pytest.mark.parametrize("change", [changed_field, changed_status, changed_seq, changed_place, changed_checkpoint])
def test_a_receipt_that_was_changed_is_found_out(choice, change):
    in_tree()
    receipt = receipts.receipt(choice, language="nl")
    other = copy.deepcopy(receipt)
    change(other)
    assert other != receipt
    assert checked(other) != []


def test_a_receipt_that_somebody_else_signed_is_found_out(choice):
    receipt = receipts.receipt(choice, language="nl")
    assert checked(receipt, "elsewhere.example/acme+00000000+AQ" + "A" * 42) == ["its signature is not good"]


def test_an_old_receipt_stays_good_after_the_key_was_renewed(choice):
    old = signing.verifier_key(signing.current())
    receipt = receipts.receipt(choice, language="nl")
    signing.renew()
    assert checked(receipt, old, signing.verifier_key(signing.current())) == []


def test_the_log_is_asked_for_the_event_of_a_receipt(choice, in_acme, tmp_path):
    in_tree()
    paths = [tmp_path / name for name in ("log.jsonl", "receipt.json", "other.json")]
    lines, receipt = list(bundle.lines(in_acme)), receipts.receipt(choice, language="nl")
    paths[0].write_text("".join(lines))
    paths[1].write_text(json.dumps(receipt))
    receipt["ex:proof"]["ex:event"]["event"] = str(uuid4())
    paths[2].write_text(json.dumps(receipt))
    options = {"bundle": str(paths[0]), "checkpoints": [], "key": []}
    assert verifier.verify(verifier.argparse.Namespace(**options, receipt=[str(paths[1])])).findings == []
    said = verifier.verify(verifier.argparse.Namespace(**options, receipt=[str(paths[2])])).findings
    assert any("does not have this event" in each for each in said)


@pytest.mark.parametrize("state", ["withdrawn", "refused", "objected", "expired", "requested", "unknown", "renewed", "revoked"])
def test_every_state_has_a_receipt_in_terms_that_exist(newsletter, state):
    more = {} if state == "renewed" else {"valid_until": ""}
    jsonschema.validate(receipts.receipt(log(newsletter, state=state, **more), language="nl"), SCHEMA)


def test_a_soft_opt_in_is_no_expressed_consent(newsletter):
    receipt = receipts.receipt(log(newsletter, basis="soft_opt_in"), language="nl")
    assert "dpv:ImpliedConsent" in receipt["dpv:hasConsentStatus"][0]["@type"]


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"kept_days": None, "kept_reason": ""}, "retention_period"),
        ({"data_categories": []}, "pii_information"),
        ({"sources": []}, "collection_method"),
        ({"dpv_term": ""}, "purpose_type"),
        ({"recipients": [{"role": "processor"}]}, "recipient_third_parties"),
        ({"texts": {"nl": {"title": "", "text": "", "label": "", "withdrawal": ""}}}, "purpose"),
    ],
)
def test_a_receipt_that_would_lack_something_is_refused_with_its_name(in_acme, values, missing):
    LegalIdentity.objects.create(**WHO, privacy_email="privacy@acme.example")
    purpose = made.purpose(**values)
    with pytest.raises(facts.Incomplete) as refusal:
        receipts.receipt(log(purpose), language="nl")
    assert missing in refusal.value.missing
    with pytest.raises(facts.Incomplete):
        receipts.kantara(log(purpose), language="nl")


@pytest.mark.parametrize(("field", "missing"), [("indicated_by", "entity_id"), ("valid_until", "validity_duration")])
def test_an_event_that_lacks_something_has_no_receipt(newsletter, field, missing):
    with pytest.raises(facts.Incomplete) as refusal:
        receipts.receipt(log(newsletter, **{field: ""}), language="nl")
    assert refusal.value.missing == [missing]


def test_without_a_notice_or_a_legal_identity_there_is_no_receipt(in_acme):
    purpose = made.purpose()
    with pytest.raises(facts.Incomplete) as refusal:
        receipts.receipt(log(purpose), language="nl")
    assert refusal.value.missing == ["pii_controllers"]
    LegalIdentity.objects.create(**WHO, privacy_email="privacy@acme.example")
    with pytest.raises(facts.Incomplete) as refusal:
        receipts.receipt(log(purpose, notice_sha256="0" * 64), language="nl")
    assert refusal.value.missing == ["privacy_notice"]


def test_nobody_gets_a_receipt_of_what_cannot_be_read_or_is_no_choice(choice):
    subject = Subject.objects.get(events__event_id=choice)
    redacting.shred([subject.pk])
    (other,) = ledger_rows.log(kind="hold", hold="paused")
    signing.current()
    tenants = LedgerEvent.objects.filter(subject_id=subjects.of_tenant()).first()
    for event_id in (choice, other, tenants.event_id, uuid4()):
        with pytest.raises(facts.NoReceipt):
            receipts.receipt(event_id, language="nl")


def test_a_new_text_of_the_purpose_does_not_change_an_old_receipt(newsletter, choice):
    """CR2: the receipt has the bytes that were shown."""
    before = receipts.receipt(choice, language="nl")
    texts = {"nl": {"title": "Anders", "text": "Iets anders.", "label": "Ja", "withdrawal": "Stop."}}
    made.next_version(newsletter, texts=texts)
    after = receipts.receipt(choice, language="nl")
    assert before["dpv:hasNotice"] == after["dpv:hasNotice"]
    assert before["dpv:hasProcess"] == after["dpv:hasProcess"]
    assert PurposeVersion.objects.count() == 2
    assert Notice.objects.count() == 1


def test_the_page_hands_over_both_kinds(newsletter, choice, ana):
    event = LedgerEvent.objects.get(event_id=choice)
    address = f"/t/acme/consent-log/events/{event.public_id}/receipt/"
    jsonschema.validate(json.loads(ana.get(address).content), SCHEMA)
    jsonschema.validate(json.loads(ana.get(address + "?form=kantara").content), KANTARA)

"""An event of the log in, a receipt out: a record after ISO/IEC TS 27560 in DPV 2.3 (JSON-LD), or one of Kantara, that proves itself.

Every field those ask for is filled, or there is no receipt (CR12). `document` signs; verifier.py checks it without our code (CR9).
"""

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts import tenancy
from consent import terms
from consent.ledger import facts, signing, tree
from consent.ledger.appending import PERSONAL
from consent.ledger.facts import Facts
from consent.ledger.reading import Placed
from consent.models import Checkpoint, State

CONFORMS_TO = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
STATES = {
    State.UNKNOWN: "ConsentUnknown",
    State.REQUESTED: "ConsentRequested",
    State.DEFERRED: "ConsentRequestDeferred",
    State.REFUSED: "ConsentRefused",
    State.GIVEN: "ConsentGiven",
    State.RENEWED: "RenewedConsentGiven",
    State.WITHDRAWN: "ConsentWithdrawn",
    State.OBJECTED: "ConsentWithdrawn",  # DPV has no state for an objection; ex:state says it
    State.EXPIRED: "ConsentExpired",
    State.REVOKED: "ConsentRevoked",
    State.INVALIDATED: "ConsentInvalidated",
}
RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A21", "A77")


def receipt(event_id: UUID, *, language: str) -> dict[str, Any]:
    """Signed JSON-LD. Raises facts.NoReceipt, facts.Incomplete with the names of what is missing, and keys.KeyLost."""
    known = facts.of_event(event_id, language)
    document = _document(known)
    document["ex:proof"] = _proof(known.placed, event_id, known.recorded_at)
    return signed(document)


def kantara(event_id: UUID, *, language: str) -> dict[str, Any]:
    """Kantara Consent Receipt 1.1. Raises as `receipt` does."""
    known = facts.of_event(event_id, language)
    identity = known.identity
    return {
        "version": "KI-CR-v1.1.0",
        "jurisdiction": tenancy.current().country,
        "consentTimestamp": int(known.occurred_at.timestamp()),
        "collectionMethod": known.method,
        "consentReceiptID": str(event_id),
        "publicKey": signing.verifier_key(signing.current()),
        "language": known.language,
        "piiPrincipalId": str(known.placed.ref),
        "piiControllers": [
            {
                "piiController": identity.legal_name,
                "onBehalf": False,
                "contact": identity.privacy_name or identity.legal_name,
                "address": _postal(known),
                "email": identity.privacy_email,
                "phone": "by e-mail or post",  # the standard insists; Portret knows none
            }
        ],
        "policyUrl": known.notice_url,
        "services": [{"service": identity.legal_name, "purposes": [_kantara_purpose(known)]}],
        "sensitive": False,
        "spiCat": [],
    }


def signed(document: dict[str, Any]) -> dict[str, Any]:
    """With a signature over the rest, written as in RFC 8785: sorted names, no spaces, UTF-8. There are no fractions in it."""
    key = signing.current()
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    value = base64.b64encode(signing.key_hash(key) + signing.sign(key, text)).decode()
    return {**document, "ex:signature": {"ex:keyName": key.name, "ex:key": signing.verifier_key(key), "ex:value": value}}


def _document(known: Facts) -> dict[str, Any]:
    return {
        "@context": {**terms.CONTEXT, "ex": f"{settings.BASE_URL}/ns#"},
        "@id": f"urn:uuid:{known.event_id}",
        "@type": ["dpv:ConsentRecord", "dpv:ConsentReceipt"],
        "dct:identifier": str(known.event_id),
        "dct:conformsTo": {"@id": CONFORMS_TO},
        "dct:created": known.recorded_at.isoformat(),
        "dct:language": known.language,
        "dpv:hasDataSubject": {"@id": f"urn:uuid:{known.placed.ref}"},
        "dpv:hasDataController": _controller(known),
        "dpv:hasJurisdiction": {"@id": f"loc:{tenancy.current().country}"},
        "dpv:hasApplicableLaw": {"@id": "eu-gdpr:GDPR"},
        "dpv:hasNotice": _notice(known),
        "dpv:hasProcess": [_process(known)],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": {"@id": known.choices_url}},
        "dpv:hasRight": [{"@id": f"eu-gdpr:{right}", "dpv:isExercisedAt": {"@id": known.choices_url}} for right in RIGHTS],
        "dpv:hasConsentStatus": [_status(known)],
    }


def _controller(known: Facts) -> dict[str, Any]:
    identity = known.identity
    return {
        "@type": "dpv:DataController",
        "dpv:hasName": identity.legal_name,
        "dpv:hasAddress": _postal(known),
        "dpv:hasContact": identity.privacy_email,
        **({"dpv:hasIdentifier": identity.registration_number} if identity.registration_number else {}),
    }


def _postal(known: Facts) -> dict[str, str]:
    identity = known.identity
    return {
        "streetAddress": identity.street,
        "postalCode": identity.postal_code,
        "addressLocality": identity.city,
        "addressCountry": identity.country,
    }


def _notice(known: Facts) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentNotice",
        "@id": known.notice_url,
        "dct:language": known.notice.language,
        "dct:date": known.notice.at.isoformat(),
        "ex:sha256": known.notice.sha256,
        "ex:text": known.notice.text,
    }


def _process(known: Facts) -> dict[str, Any]:
    version = known.version
    return {
        "@type": "dpv:Process",
        "dpv:hasLegalBasis": terms.legal_basis(version.gdpr_basis),
        "ex:ePrivacyBasis": version.eprivacy_basis,
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "@id": f"ex:purpose/{version.purpose.key}/{version.number}",
            "skos:broader": terms.purpose(version.dpv_term),
            "dct:title": known.text["title"],
            "dct:description": known.text["text"],
        },
        "ex:channel": known.said["channel"],
        "dpv:hasPersonalData": [terms.data(term) for term in version.data_categories],
        "dpv:hasDataSource": [source["name"] for source in version.sources],
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dpv:hasName": each["name"]} for each in version.recipients],
        "dpv:hasProcessing": [{"@id": f"dpv:{term}"} for term in ("Collect", "Store", "Use")],
        "dpv:hasStorageCondition": [
            *({"@type": "dpv:StorageLocation", "dpv:hasLocation": place} for place in known.locations),
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": known.kept},
        ],
    }


def _status(known: Facts) -> dict[str, Any]:
    kind = "dpv:ImpliedConsent" if known.said.get("basis") == "soft_opt_in" else "dpv:ExpressedConsent"
    indicated_by = known.said["indicated_by"]
    return {
        "@type": [f"dpv:{STATES[State(known.said['state'])]}", kind],
        "ex:state": known.said["state"],
        "dpv:isIndicatedBy": {"@id": f"urn:uuid:{known.placed.ref}"} if indicated_by == "customer" else indicated_by,
        "dpv:isIndicatedAtTime": known.said["occurred_at"],
        "dpv:hasIndicationMethod": known.method,
        "dpv:hasDuration": known.valid,
    }


def _kantara_purpose(known: Facts) -> dict[str, Any]:
    version = known.version
    return {
        "purpose": known.text["title"],
        "purposeCategory": [version.dpv_term],
        "consentType": "IMPLICIT" if known.said.get("basis") == "soft_opt_in" else "EXPLICIT",
        "piiCategory": list(version.data_categories),
        "primaryPurpose": True,
        "termination": str(known.kept),
        "thirdPartyDisclosure": bool(version.recipients),
        "thirdPartyName": ", ".join(_names(version.recipients)),
    }


def _names(parties: Iterable[dict[str, str]]) -> list[str]:
    return [party["name"] for party in parties]


def _proof(placed: Placed, event_id: UUID, recorded_at: datetime) -> dict[str, Any]:
    """All that the hash of the event is made of, without the network address; then its place in the tree, or when it will have one."""
    event = {
        "tenant": tenancy.current().pk,
        "event": str(event_id),
        "subject": str(placed.ref),
        "seq": placed.seq,
        "prev": placed.before.hex(),
        "leaf": placed.leaf.hex(),
        "digests": {name: digest.hex() for name, digest in placed.digests.items()},
        "open": {name: list(salted) for name, salted in placed.salted.items() if name not in PERSONAL},
    }
    newest = Checkpoint.objects.order_by("-tree_size").first()
    proof = tree.proof(event_id, newest.tree_size) if newest else None
    if newest is None or proof is None:
        return {"ex:event": event, "ex:inTreeBefore": (recorded_at + tree.WITHIN).isoformat()}
    inclusion = {"index": proof.index, "path": [part.hex() for part in proof.path], "checkpoint": newest.note}
    return {"ex:event": event, "ex:inclusion": inclusion}

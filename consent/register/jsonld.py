"""A described purpose in, its DPV 2.3 node out; and the frame around such nodes. Leaves no row."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from consent import terms

RIGHTS = {"consent": ["A7-3", "A17", "A20"], "legitimate_interest": ["A21"], "contract": ["A20"], "legal_obligation": []}
ALWAYS = ["A15", "A16", "A17", "A18", "A77"]


def document(address: str, controller: dict[str, Any], country: str, processes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`address`: where it can be found, and the base of its own names."""
    return {
        "@context": {**terms.CONTEXT, "here": f"{address}#"},
        "@id": address,
        "dpv:hasDataController": party("controller", controller),
        "dpv:hasJurisdiction": {"@id": f"loc:{country}"},
        "dpv:hasApplicableLaw": {"@id": "eu-gdpr:GDPR"},
        "dpv:hasProcess": list(processes),
    }


def party(name: str, identity: dict[str, Any]) -> dict[str, Any]:
    address = ", ".join(filter(None, (identity.get(part) for part in ("street", "postal_code", "city", "country"))))
    return {
        "@id": f"here:{name}",
        "@type": "dpv:DataController",
        "dpv:hasName": identity.get("legal_name", ""),
        "dpv:hasAddress": address,
        "dpv:hasContact": identity.get("privacy_email", ""),
        "dpv:hasIdentifier": identity.get("registration_number", ""),
    }


def process(purpose: dict[str, Any]) -> dict[str, Any]:
    basis = purpose["gdpr_basis"]
    return {
        "@id": f"here:{purpose['key']}",
        "@type": "dpv:Process",
        "dct:identifier": f"{purpose['key']}/{purpose['version']}",
        "here:sha256": purpose["sha256"],
        "dpv:hasPurpose": {"@type": "dpv:Purpose", "skos:broader": terms.purpose(purpose["dpv_term"]), "dct:description": texts(purpose)},
        "dpv:hasLegalBasis": terms.legal_basis(basis),
        "here:ePrivacyBasis": purpose["eprivacy_basis"],
        "dpv:hasPersonalData": [terms.data(each) for each in purpose["data_categories"]],
        "dpv:hasDataSource": list(purpose["sources"]),
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dpv:hasName": name} for name in recipients(purpose)],
        "dpv:hasStorageCondition": storage(purpose),
        "dpv:hasRight": [{"@id": f"eu-gdpr:{right}"} for right in sorted({*ALWAYS, *RIGHTS[basis]})],
        "here:transfers": list(purpose["transfers"]),
    }


def recipients(purpose: dict[str, Any]) -> list[str]:
    """Those of the register, then programs of others that read; nobody twice."""
    named = [each["name"] for each in purpose.get("recipients", []) if each.get("name")]
    return list(dict.fromkeys([*named, *purpose.get("partners", [])]))


def texts(purpose: dict[str, Any]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": f"{text['title']}. {text['text']}"} for language, text in purpose["texts"].items()]


def storage(purpose: dict[str, Any]) -> list[dict[str, Any]]:
    """Without a number of days: until something happens, and the reason says what."""
    days = purpose["kept_days"]
    how_long = f"P{days}D" if days else {"@type": "dpv:UntilEventDuration"}
    return [{"@type": "dpv:StorageDuration", "dpv:hasDuration": how_long, "dct:description": purpose["kept_reason"]}]


def language_of(purpose: dict[str, Any]) -> str:
    """The active language if it has texts in it, or else one in which it has."""
    known, active = purpose.get("texts") or {}, get_language() or ""
    return active if active in known else next(iter(known), "")


def title(purpose: dict[str, Any]) -> str:
    return purpose.get("texts", {}).get(language_of(purpose), {}).get("title") or purpose.get("key", "")

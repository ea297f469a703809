"""A version of a purpose in, its content in one fixed form out: what is hashed, logged and compared. Leaves no row."""

import hashlib
import json
from typing import Any

from consent.models import PurposeVersion

FIELDS = [
    *("texts", "channels", "dpv_term", "eprivacy_basis", "gdpr_basis", "data_categories", "sources", "recipients", "transfers"),
    *("kept_days", "kept_reason", "valid_days", "security", "interest", "assessment_url", "owner", "review_on"),
    *("needs_confirmation", "similar_products", "free_account_reason", "is_material", "joins_visits"),
]


def of_version(version: PurposeVersion) -> dict[str, Any]:
    """Everything of it that a publication fixes."""
    values = {name: getattr(version, name) for name in FIELDS}
    values["review_on"] = str(version.review_on or "")
    return {"purpose": version.purpose.key, "kind": version.purpose.kind, "number": version.number, **values}


def canonical(content: Any) -> bytes:
    """One form for one content: keys in order, no spaces, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()

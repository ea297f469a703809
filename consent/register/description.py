"""The purposes in force in, each described from its version and from what is really used out: plain JSON values. Leaves no row.

The record of processing and the public page are both made of these, so that they cannot say different things.
"""

from typing import Any

from accounts.models import ApiKey
from accounts.permissions import Permission
from consent.models import Purpose, PurposeVersion
from consent.register import uses
from consent.register.uses import Uses

READS = {Permission.CUSTOMERS_VIEW, Permission.DATA_EXPORT}  # scopes of a key that let personal data out


def live() -> list[dict[str, Any]]:
    """In the order of the portal, in a constant number of queries."""
    purposes = list(Purpose.objects.live().select_related("version"))
    used = uses.of([purpose.key for purpose in purposes])
    return [describe(purpose, purpose.version, used[purpose.key]) for purpose in purposes]


def describe(purpose: Purpose, version: PurposeVersion, used: Uses) -> dict[str, Any]:
    fields = ("texts", "channels", "dpv_term", "eprivacy_basis", "gdpr_basis", "interest", "data_categories", "similar_products")
    kept = ("transfers", "kept_days", "kept_reason", "valid_days")
    return {
        "key": purpose.key,
        "kind": purpose.kind,
        "version": version.number,
        "sha256": version.sha256,
        **{name: getattr(version, name) for name in (*fields, *kept)},
        "sources": [each["name"] for each in version.sources],
        "recipients": version.recipients,
        "partners": sorted({key.name for key in used.keys if is_partner(key)}),
        "attributes": [{"key": each.key, "label": each.label} for each in used.attributes],
        "events": [each.name for each in used.event_types],
    }


def is_partner(key: ApiKey) -> bool:
    """Whether personal data leave through it."""
    return bool(READS & set(key.scopes))

"""The request in, the areas of the side navigation out: only pages that exist, and that this member may open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Tenant
from accounts.permissions import Permission


@dataclass(frozen=True)
class Page:
    """A line of the navigation. `stem` is how the names of the pages under it begin."""

    label: Any
    icon: str
    name: str
    stem: tuple[str, ...]
    permission: Permission


@dataclass(frozen=True)
class Item:
    label: Any
    icon: str
    url: str
    is_current: bool
    count: int = 0


@dataclass(frozen=True)
class Area:
    slug: str
    label: Any
    items: list[Item]


AREAS: dict[str, tuple[Any, list[Page]]] = {
    "home": ("", [Page(_("Today"), "house", "accounts:dashboard", ("dashboard",), Permission.ORGANISATION_VIEW)]),
    "customers": (
        _("Customers"),
        [
            Page(_("Customers"), "people", "customers:customer_list", ("customer",), Permission.CUSTOMERS_VIEW),
            Page(_("Segments"), "diagram-2", "customers:segment_list", ("segment", "lifecycle", "rule_schema"), Permission.CONTENT_VIEW),
            Page(_("Sources"), "plug", "customers:source_list", ("source", "quarantine"), Permission.NUMBERS_VIEW),
            Page(_("Imports"), "upload", "customers:import_list", ("import",), Permission.SOURCES_MANAGE),
            Page(_("Attributes"), "card-list", "customers:attribute_list", ("attribute",), Permission.CONTENT_VIEW),
            Page(_("Events"), "lightning-charge", "customers:event_type_list", ("event_type",), Permission.CONTENT_VIEW),
            Page(_("Products"), "box-seam", "customers:product_list", ("product",), Permission.CONTENT_VIEW),
        ],
    ),
    "consent": (
        _("Consent"),
        [
            Page(_("Purposes"), "check2-square", "consent:purpose_list", ("purpose",), Permission.CONSENT_VIEW),
            Page(_("Forms"), "layout-text-window", "consent:form_list", ("form", "consent_import"), Permission.CONSENT_VIEW),
            Page(_("Rights requests"), "inbox", "consent:rights_request_list", ("rights_request",), Permission.CONSENT_VIEW),
            Page(_("Decisions"), "signpost-split", "consent:decision_list", ("decision",), Permission.CONSENT_VIEW),
            Page(_("Blocked addresses"), "slash-circle", "consent:suppression_list", ("suppression",), Permission.CONSENT_VIEW),
            Page(_("Consent log"), "fingerprint", "consent:ledger_log", ("ledger",), Permission.CONSENT_VIEW),
            Page(_("Record of processing"), "journal-text", "consent:processing_record", ("processing",), Permission.CONSENT_VIEW),
            Page(_("Retention"), "clock-history", "consent:retention_list", ("retention",), Permission.CONSENT_VIEW),
            Page(_("Data breaches"), "exclamation-triangle", "consent:breach_list", ("breach",), Permission.CONSENT_VIEW),
            Page(_("Transparency page"), "eye", "consent:transparency", ("transparency",), Permission.CONSENT_VIEW),
        ],
    ),
    "organisation": (
        _("Organisation"),
        [
            Page(_("Team and roles"), "person-gear", "accounts:member_list", ("member", "invitation", "role"), Permission.TEAM_VIEW),
            Page(_("API keys"), "key", "accounts:api_key_list", ("api_key",), Permission.KEYS_MANAGE),
            Page(_("Audit log"), "journal-text", "accounts:audit_entry_list", ("audit_entry",), Permission.AUDIT_VIEW),
            Page(
                _("Settings"),
                "sliders",
                "accounts:settings",
                ("settings", "tenant_change", "identity", "brand", "sender"),
                Permission.ORGANISATION_VIEW,
            ),
        ],
    ),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs. Pages outside a tenant have no areas."""
    tenant, membership = getattr(request, "tenant", None), getattr(request, "membership", None)
    context = {"request_id": getattr(request, "request_id", ""), "tenant": tenant, "membership": membership}
    if tenant is None or membership is None:
        return {**context, "areas": [], "may": frozenset()}
    return {**context, "areas": list(_areas(request, tenant, membership)), "may": {p.name.lower() for p in membership.permissions}}


def _areas(request: HttpRequest, tenant: Tenant, membership: Membership) -> Iterator[Area]:
    current = request.resolver_match.url_name or "" if request.resolver_match else ""
    for slug, (label, pages) in AREAS.items():
        items = [_item(page, tenant, current) for page in pages if membership.may(page.permission)]
        if items:
            yield Area(slug, label, items)


def _item(page: Page, tenant: Tenant, current: str) -> Item:
    return Item(page.label, page.icon, reverse(page.name, args=[tenant.slug]), current.startswith(page.stem))

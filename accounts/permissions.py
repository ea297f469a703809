"""The one vocabulary of what somebody may do, for colleagues (by role) and for API keys (by scope). Pages, API and matrix read it here."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    ORGANISATION_VIEW = "organisation.view", _("See the organisation’s settings")
    ORGANISATION_CHANGE = "organisation.change", _("Change the organisation’s settings")
    ORGANISATION_OWN = "organisation.own", _("Make and remove owners")
    TEAM_VIEW = "team.view", _("See who is in the team")
    TEAM_MANAGE = "team.manage", _("Invite, change and remove colleagues")
    KEYS_MANAGE = "keys.manage", _("Make, renew and revoke API keys")
    AUDIT_VIEW = "audit.view", _("Read the audit log")
    CUSTOMERS_VIEW = "customers.view", _("See personal data of customers")
    CUSTOMERS_CHANGE = "customers.change", _("Add and change customers")
    DATA_EXPORT = "data.export", _("Export personal data")
    SOURCES_MANAGE = "sources.manage", _("Connect sources and import")
    CONTENT_VIEW = "content.view", _("See segments, campaigns and templates")
    CONTENT_EDIT = "content.edit", _("Make segments, campaigns and templates")
    CAMPAIGNS_LAUNCH = "campaigns.launch", _("Launch and stop campaigns")
    NUMBERS_VIEW = "numbers.view", _("See numbers and results")
    CONSENT_VIEW = "consent.view", _("See purposes and the consent log")
    CONSENT_MANAGE = "consent.manage", _("Manage purposes, forms and rights requests")


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    EDITOR = "editor", _("Editor")
    SENDER = "sender", _("Sender")
    ANALYST = "analyst", _("Analyst")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    VIEWER = "viewer", _("Viewer")


ROLE_SAYS = {
    Role.OWNER: _("May do everything, and makes other owners."),
    Role.ADMIN: _("Runs the organisation: team, keys, sources, settings. Exports only when that is granted."),
    Role.EDITOR: _("Makes segments, campaigns and templates, but does not launch them."),
    Role.SENDER: _("Launches and stops what an editor has made, but does not change it."),
    Role.ANALYST: _("Sees numbers and results, no personal data."),
    Role.PRIVACY_OFFICER: _("Manages purposes and rights requests, reads the audit log, exports."),
    Role.VIEWER: _("Looks at everything the team makes, changes nothing."),
}

_LOOKS = {
    Permission.ORGANISATION_VIEW,
    Permission.TEAM_VIEW,
    Permission.CONTENT_VIEW,
    Permission.NUMBERS_VIEW,
    Permission.CONSENT_VIEW,
}
_SEES_CUSTOMERS = _LOOKS | {Permission.CUSTOMERS_VIEW}

ROLES: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(set(Permission) - {Permission.ORGANISATION_OWN, Permission.DATA_EXPORT}),
    Role.EDITOR: frozenset(_SEES_CUSTOMERS | {Permission.CONTENT_EDIT, Permission.CUSTOMERS_CHANGE}),
    Role.SENDER: frozenset(_SEES_CUSTOMERS | {Permission.CAMPAIGNS_LAUNCH}),
    Role.ANALYST: frozenset(_LOOKS - {Permission.TEAM_VIEW}),
    Role.PRIVACY_OFFICER: frozenset(
        _SEES_CUSTOMERS | {Permission.CUSTOMERS_CHANGE, Permission.CONSENT_MANAGE, Permission.AUDIT_VIEW, Permission.DATA_EXPORT}
    ),
    Role.VIEWER: frozenset(_SEES_CUSTOMERS),
}

# What a partner's key may be given. Managing the organisation is for people.
FOR_KEYS = (
    Permission.CUSTOMERS_VIEW,
    Permission.CUSTOMERS_CHANGE,
    Permission.DATA_EXPORT,
    Permission.SOURCES_MANAGE,
    Permission.CONTENT_VIEW,
    Permission.CONTENT_EDIT,
    Permission.CAMPAIGNS_LAUNCH,
    Permission.NUMBERS_VIEW,
    Permission.CONSENT_VIEW,
    Permission.CONSENT_MANAGE,
)


def permissions_of(roles: Iterable[str], *, may_export: bool = False) -> frozenset[Permission]:
    """All that these roles allow together. An unknown role allows nothing."""
    held = [ROLES[Role(role)] for role in roles if role in Role.values]
    extra = {Permission.DATA_EXPORT} if may_export else set()
    return frozenset(extra.union(*held))


def roles_with(permission: Permission) -> list[Role]:
    return [role for role, held in ROLES.items() if permission in held]

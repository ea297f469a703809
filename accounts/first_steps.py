"""The state of a tenant in, the first steps that are done and still to do out."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import pgettext_lazy

from accounts.models import ApiKey, Brand, Invitation, LegalIdentity, Membership, SenderIdentity, Tenant, User
from accounts.permissions import Permission

LABELS = {
    "second_factor": pgettext_lazy("first step", "Protect your own account with a second factor"),
    "identity": pgettext_lazy("first step", "Say who you are by law"),
    "brand": pgettext_lazy("first step", "Give your pages your own look"),
    "sender": pgettext_lazy("first step", "Confirm an address to send from"),
    "colleague": pgettext_lazy("first step", "Invite a colleague"),
}


@dataclass(frozen=True)
class Step:
    label: Any
    url: str
    is_done: bool


def steps(tenant: Tenant, member: Membership) -> list[Step]:
    """What a new organisation does first, for this member: steps he may not take are left out. Two queries."""
    user: User = member.user
    done = {**_done(tenant, user), "second_factor": user.has_second_factor()}
    all_steps = [
        (Permission.ORGANISATION_VIEW, "second_factor", reverse("mfa_index")),
        (Permission.ORGANISATION_CHANGE, "identity", _page(tenant, "identity_change")),
        (Permission.ORGANISATION_CHANGE, "brand", _page(tenant, "brand_change")),
        (Permission.ORGANISATION_CHANGE, "sender", _page(tenant, "sender_list")),
        (Permission.TEAM_MANAGE, "colleague", _page(tenant, "invitation_create")),
    ]
    return [Step(LABELS[name], url, done[name]) for permission, name, url in all_steps if member.may(permission)]


def _page(tenant: Tenant, name: str) -> str:
    return reverse(f"accounts:{name}", args=[tenant.slug])


def _done(tenant: Tenant, user: User) -> dict[str, bool]:
    """One query, whatever the size of the tenant."""
    return Tenant.objects.filter(pk=tenant.pk).values(
        identity=Exists(LegalIdentity.objects.all()),
        brand=Exists(Brand.objects.exclude(logo="", colour="", colour_dark="")),
        sender=Exists(SenderIdentity.objects.filter(confirmed_at__isnull=False)),
        colleague=Exists(Invitation.objects.waiting()) | Exists(Membership.objects.exclude(user_id=user.pk)),
    )[0]


def figures(tenant: Tenant) -> dict[str, int]:
    """What the dashboard counts."""
    return {
        "members": Membership.objects.count(),
        "waiting": Invitation.objects.waiting().count(),
        "keys": ApiKey.objects.active().count(),
        "senders": SenderIdentity.objects.filter(confirmed_at__isnull=False).count(),
    }

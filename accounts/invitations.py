"""Invitations: an address and roles in, a mail and an `Invitation` out; later its token in, a `Membership` out, once."""

from dataclasses import dataclass

from django.utils import timezone

from accounts import audit, letters, secrets, team
from accounts.audit import Action, Actor
from accounts.models import Invitation, Membership, User
from accounts.models.invitation import expiry

OFFERED = "invitation"  # in the session of who opened an invitation without being signed in: slug and token


class CannotAccept(Exception):
    """The invitation was used, withdrawn, has expired, or was sent to another address; a retry does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AlreadyMember(Exception):
    """The address belongs to somebody who is in the team; a retry does not help."""


@dataclass(frozen=True)
class Offer:
    """What is offered to whom."""

    email: str
    roles: list[str]
    may_export: bool = False


def invite(offer: Offer, *, by: User, actor: Actor) -> Invitation:
    """Invites an address; an invitation that still waits for it is replaced. Raises AlreadyMember."""
    email = offer.email.strip().lower()
    team.hold()
    if Membership.objects.filter(user__email=email).exists():
        raise AlreadyMember
    token = secrets.new()
    Invitation.objects.waiting().filter(email=email).update(revoked_at=timezone.now())
    invitation = Invitation.objects.create(
        email=email, roles=offer.roles, may_export=offer.may_export, invited_by=by, token_hash=secrets.hash_of(token)
    )
    audit.record(actor, Action.INVITED, invitation, after=audit.values_of(invitation, "email", "roles", "may_export"))
    letters.invitation(invitation, token)
    return invitation


def renew(invitation: Invitation, *, actor: Actor) -> None:
    """Sends a new link, valid for the full time; the old link stops working."""
    token = secrets.new()
    invitation.token_hash, invitation.expires_at = secrets.hash_of(token), expiry()
    invitation.save(update_fields=["token_hash", "expires_at"])
    audit.record(actor, Action.INVITATION_RENEWED, invitation)
    letters.invitation(invitation, token)


def revoke(invitation: Invitation, *, actor: Actor) -> None:
    """Withdraws an invitation that waits. A second time changes nothing."""
    if Invitation.objects.waiting().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        audit.record(actor, Action.INVITATION_REVOKED, invitation)


def find(token: str) -> Invitation | None:
    return Invitation.objects.select_related("invited_by").filter(token_hash=secrets.hash_of(token)).first()


def accept(token: str, *, user: User, actor: Actor) -> Membership:
    """Makes `user` a member, once. Raises CannotAccept."""
    invitation = Invitation.objects.select_for_update().filter(token_hash=secrets.hash_of(token)).first()
    if reason := why_not(invitation, user):
        raise CannotAccept(reason)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
    return team.join(user, roles=invitation.roles, may_export=invitation.may_export, actor=actor)


def why_not(invitation: Invitation | None, user: User | None) -> str:
    """Why this invitation cannot be accepted (by this user): a word for the page to explain, or nothing."""
    if invitation is None:
        return "unknown"
    states = {"used": invitation.accepted_at, "withdrawn": invitation.revoked_at, "expired": invitation.is_expired}
    for reason, holds in states.items():
        if holds:
            return reason
    return "other_address" if user and user.email != invitation.email else ""

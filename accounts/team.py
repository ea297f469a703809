"""A member and new roles in, the change and its audit entry out. There is always an owner, and nobody changes his own roles."""

from django.utils import timezone

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import Invitation, Membership, Tenant, User
from accounts.permissions import Permission, Role


class CannotChange(Exception):
    """The change would leave no owner, or is not for this colleague to make; a retry does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def join(user: User, *, roles: list[str], actor: Actor, may_export: bool = False) -> Membership:
    """Makes a member of the tenant of the open scope; who is a member already gets these roles too."""
    member, is_new = Membership.objects.get_or_create(user=user, defaults={"roles": roles, "may_export": may_export})
    if not is_new:
        member.roles = sorted({*member.roles, *roles})
        member.may_export = member.may_export or may_export
        member.save()
    tenancy.current().users.add(user)
    audit.record(actor, Action.JOINED, member, after=audit.values_of(member, "roles", "may_export"))
    return member


def change(member: Membership, *, roles: list[str], may_export: bool, by: Membership, actor: Actor) -> None:
    """Gives a member these roles. Nothing changed leaves no entry. Raises CannotChange."""
    _hold(member)
    _refuse_unless_allowed(member, by=by, roles=roles)
    before = audit.values_of(member, "roles", "may_export")
    if (set(roles), may_export) == (set(member.roles), member.may_export):
        return
    if member.is_owner and Role.OWNER not in roles:
        _refuse_last_owner(member)
    member.roles, member.may_export = roles, may_export
    member.save(update_fields=["roles", "may_export"])
    audit.record(actor, Action.MEMBER_CHANGED, member, before=before, after=audit.values_of(member, "roles", "may_export"))


def remove(member: Membership, *, by: Membership, actor: Actor) -> None:
    """Takes a member out of the team, at once: his next click finds no membership. Raises CannotChange."""
    _hold(member)
    if member.pk != by.pk:
        _refuse_unless_allowed(member, by=by, roles=[])
    if member.is_owner:
        _refuse_last_owner(member)
    audit.record(actor, Action.MEMBER_REMOVED, member, before=audit.values_of(member, "roles", "may_export"))
    _withdraw_invitations(member.user, actor)
    tenancy.current().users.remove(member.user)
    member.delete()


def _withdraw_invitations(user: User, actor: Actor) -> None:
    """What somebody who leaves has left open would let him in again."""
    for invitation in Invitation.objects.waiting().filter(invited_by=user):
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
        audit.record(actor, Action.INVITATION_REVOKED, invitation)


def hold() -> None:
    """One change of the team at a time: two owners who leave at the same moment wait for each other here, on the row of the tenant."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenancy.current().pk)


def _hold(member: Membership) -> None:
    """Looks at the member again once nobody else can change him."""
    hold()
    try:
        member.refresh_from_db(fields=["roles", "may_export"])
    except Membership.DoesNotExist:
        raise CannotChange("gone") from None


def _refuse_unless_allowed(member: Membership, *, by: Membership, roles: list[str]) -> None:
    if member.pk == by.pk:
        raise CannotChange("own_roles")
    touches_owner = member.is_owner or Role.OWNER in roles
    if touches_owner and not by.may(Permission.ORGANISATION_OWN):
        raise CannotChange("owner")


def _refuse_last_owner(member: Membership) -> None:
    if not Membership.objects.owners().exclude(pk=member.pk).exists():
        raise CannotChange("last_owner")

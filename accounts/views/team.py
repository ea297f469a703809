"""The team: who is in it, what each may do, and the matrix of roles."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, team
from accounts.access import NotAllowed, may
from accounts.audit import Action, Actor
from accounts.forms.team import RolesForm
from accounts.models import ApiKey, Invitation, Membership
from accounts.permissions import ROLE_SAYS, ROLES, Permission, Role

WHY_NOT = {
    "own_roles": gettext_lazy("You cannot change your own roles. Ask another owner or admin."),
    "owner": gettext_lazy("Only an owner makes, changes or removes an owner."),
    "gone": gettext_lazy("This colleague is no longer in the team."),
    "last_owner": gettext_lazy("This is the only owner. Make somebody else an owner first."),
}


@require_safe
@may(Permission.TEAM_VIEW)
def member_list(request: HttpRequest) -> HttpResponse:
    context = {
        "members": Membership.objects.with_users(),
        "invitations": Invitation.objects.waiting().select_related("invited_by").order_by("email"),
    }
    return render(request, "accounts/member_list.html", context)


@require_safe
@may(Permission.TEAM_VIEW)
def role_list(request: HttpRequest) -> HttpResponse:
    roles = [(role, ROLE_SAYS[role]) for role in Role]
    matrix = [(permission, [permission in ROLES[role] for role in Role]) for permission in Permission]
    return render(request, "accounts/role_list.html", {"roles": roles, "matrix": matrix})


@require_http_methods(["GET", "POST"])
@may(Permission.TEAM_MANAGE)
def member_change(request: HttpRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    now = {"roles": member.roles, "may_export": member.may_export}
    form = RolesForm(request.POST or None, by=request.membership, kept=member.roles, initial=now)
    if request.method == "POST" and form.is_valid() and _change(request, member, form):
        messages.success(request, _("%(name)s has other roles from now on.") % {"name": member.user})
        return redirect("accounts:member_list", request.tenant.slug)
    if request.method == "GET":
        audit.record(Actor.of(request), Action.MEMBER_VIEWED, member)
    context = {"member": member, "form": form, "is_self": member.pk == request.membership.pk}
    return render(request, "accounts/member_change.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, member: Membership, form: RolesForm) -> bool:
    try:
        team.change(member, **form.cleaned_data, by=request.membership, actor=Actor.of(request))
    except team.CannotChange as refusal:
        form.add_error(None, WHY_NOT[refusal.reason])
    return not form.errors


@require_http_methods(["GET", "POST"])
@may(Permission.ORGANISATION_VIEW)
def member_remove(request: HttpRequest, member_id: int) -> HttpResponse:
    """A page that says what happens; everybody may leave by it, managers remove others."""
    member = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    is_self = member.pk == request.membership.pk
    if not is_self and not request.membership.may(Permission.TEAM_MANAGE):
        raise NotAllowed(Permission.TEAM_MANAGE)
    reason = _remove(request, member) if request.method == "POST" else ""
    if request.method == "POST" and not reason:
        return redirect("home") if is_self else redirect("accounts:member_list", request.tenant.slug)
    keys = ApiKey.objects.active().filter(created_by=member.user).order_by("name")
    context = {"member": member, "is_self": is_self, "reason": reason, "keys": keys}
    return render(request, "accounts/member_remove.html", context, status=422 if reason else 200)


def _remove(request: HttpRequest, member: Membership) -> str:
    try:
        team.remove(member, by=request.membership, actor=Actor.of(request))
    except team.CannotChange as refusal:
        return str(WHY_NOT[refusal.reason])
    messages.success(request, _("%(name)s is no longer in %(tenant)s.") % {"name": member.user, "tenant": request.tenant})
    return ""

"""Invitations: sending, renewing, withdrawing, accepting."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations, tenancy
from accounts.access import may
from accounts.audit import Actor
from accounts.forms.team import InvitationForm
from accounts.invitations import Offer
from accounts.models import Invitation, Tenant
from accounts.permissions import Permission


@require_http_methods(["GET", "POST"])
@may(Permission.TEAM_MANAGE)
def invitation_create(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, by=request.membership)
    if request.method == "POST" and form.is_valid() and _invite(request, form):
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": form.cleaned_data["email"]})
        return redirect("accounts:member_list", request.tenant.slug)
    return render(request, "accounts/invitation_create.html", {"form": form}, status=422 if form.errors else 200)


def _invite(request: HttpRequest, form: InvitationForm) -> bool:
    try:
        invitations.invite(Offer(**form.cleaned_data), by=request.user, actor=Actor.of(request))
    except invitations.AlreadyMember:
        form.add_error("email", _("This colleague is in the team already."))
    return not form.errors


@require_POST
@may(Permission.TEAM_MANAGE)
def invitation_renew(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.waiting(), pk=invitation_id)
    invitations.renew(invitation, actor=Actor.of(request))
    messages.success(request, _("A new invitation is on its way to %(email)s. The old link no longer works.") % {"email": invitation.email})
    return redirect("accounts:member_list", request.tenant.slug)


@require_POST
@may(Permission.TEAM_MANAGE)
def invitation_revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    invitations.revoke(invitation, actor=Actor.of(request))
    messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect("accounts:member_list", request.tenant.slug)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, tenant_slug: str, token: str) -> HttpResponse:
    """GET shows what is offered, POST accepts: a mail scanner that follows links joins nothing."""
    tenant = Tenant.objects.filter(slug=tenant_slug).first()
    if tenant is None:
        raise Http404
    with tenancy.scope(tenant):
        if request.method == "POST" and request.user.is_authenticated:
            return _accept(request, tenant, token)
        return _offer(request, tenant, token)


def _accept(request: HttpRequest, tenant: Tenant, token: str) -> HttpResponse:
    try:
        invitations.accept(token, user=request.user, actor=Actor.of(request))
    except invitations.CannotAccept:
        return _offer(request, tenant, token)
    messages.success(request, _("Welcome to %(tenant)s.") % {"tenant": tenant})
    return redirect(tenant)


def _offer(request: HttpRequest, tenant: Tenant, token: str) -> HttpResponse:
    invitation = invitations.find(token)
    user = request.user if request.user.is_authenticated else None
    reason = invitations.why_not(invitation, user)
    if reason == "unknown":
        raise Http404
    if user is None:
        # Who signs up with just the invited address has read its mail: that is proof enough (AccountAdapter looks again then).
        request.session[invitations.OFFERED] = [tenant.slug, token]
    context = {"tenant_name": tenant.name, "zone": tenant.time_zone, "invitation": invitation, "reason": reason}
    status = 200 if reason in ("", "other_address") else 410
    return render(request, "accounts/invitation_accept.html", context, status=status)

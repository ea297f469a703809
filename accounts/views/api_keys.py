"""API keys: the list, a new one, renewing, revoking. The text of a key is shown once, in the answer that makes it."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, keys
from accounts.access import NotAllowed, may
from accounts.audit import Action, Actor
from accounts.forms.api_key import ApiKeyForm, LifetimeForm
from accounts.models import ApiKey, Membership
from accounts.permissions import Permission


@require_safe
@may(Permission.KEYS_MANAGE)
def api_key_list(request: HttpRequest) -> HttpResponse:
    rows = ApiKey.objects.select_related("created_by").order_by("revoked_at", "name", "-pk")
    return render(request, "accounts/api_key_list.html", {"keys": rows[:200]})


@never_cache
@require_http_methods(["GET", "POST"])
@may(Permission.KEYS_MANAGE)
@reauthentication_required
def api_key_create(request: HttpRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None, by=request.membership)
    if request.method == "POST" and form.is_valid():
        key = form.key()
        key.created_by = request.user
        issued = keys.issue(key)
        audit.record(Actor.of(request), Action.KEY_CREATED, issued.key, after=audit.values_of(issued.key))
        return render(request, "accounts/api_key_issued.html", {"issued": issued}, status=201)
    return render(request, "accounts/api_key_create.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@may(Permission.KEYS_MANAGE)
@reauthentication_required
def api_key_rotate(request: HttpRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.active(), pk=key_id)
    _refuse_beyond(request.membership, key)
    form = LifetimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (issued := _rotate(request, key, form)):
        return render(request, "accounts/api_key_issued.html", {"issued": issued, "replaced": key}, status=201)
    context = {"key": key, "form": form, "overlap": keys.OVERLAP.days}
    return render(request, "accounts/api_key_rotate.html", context, status=422 if form.errors else 200)


def _rotate(request: HttpRequest, key: ApiKey, form: LifetimeForm) -> keys.Issued | None:
    try:
        issued = keys.rotate(key, by=request.user, lifetime=form.lifetime)
    except keys.AlreadyRenewed:
        form.add_error(None, _("This key was renewed already. Renew its successor."))
        return None
    audit.record(Actor.of(request), Action.KEY_ROTATED, issued.key, after=audit.values_of(issued.key))
    return issued


def _refuse_beyond(member: Membership, key: ApiKey) -> None:
    """Who renews a key sees its new text, so he needs all that it may do."""
    for scope in key.scopes:
        if not member.may(Permission(scope)):
            raise NotAllowed(Permission(scope))


@require_http_methods(["GET", "POST"])
@may(Permission.KEYS_MANAGE)
def api_key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "GET":
        return render(request, "accounts/api_key_revoke.html", {"key": key})
    if keys.revoke(key):
        audit.record(Actor.of(request), Action.KEY_REVOKED, key)
    messages.success(request, _("The key %(name)s no longer works.") % {"name": key})
    return redirect("accounts:api_key_list", request.tenant.slug)

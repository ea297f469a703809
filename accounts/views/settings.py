"""Settings of the organisation: general, legal identity, brand, senders."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, models
from django.forms import ModelForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, letters, organisation, secrets, team, tenancy
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.forms.organisation import BrandForm, LegalIdentityForm, SenderIdentityForm, TenantChangeForm
from accounts.models import Brand, LegalIdentity, SenderIdentity, Tenant
from accounts.permissions import Permission
from accounts.tenancy.rows import TenantModel

CONFIRM_WITHIN = timedelta(days=3)


@require_safe
@may(Permission.ORGANISATION_VIEW)
def settings(request: HttpRequest) -> HttpResponse:
    context = {
        "identity": LegalIdentity.objects.first(),
        "brand": Brand.objects.first(),
        "senders": SenderIdentity.objects.order_by("email"),
    }
    return render(request, "accounts/settings.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.ORGANISATION_CHANGE)
def tenant_change(request: HttpRequest) -> HttpResponse:
    tenant = Tenant.objects.get(pk=request.tenant.pk)
    return _change(request, TenantChangeForm, tenant, Action.ORGANISATION_CHANGED)


@require_http_methods(["GET", "POST"])
@may(Permission.ORGANISATION_CHANGE)
def identity_change(request: HttpRequest) -> HttpResponse:
    identity = _only(LegalIdentity)
    return _change(request, LegalIdentityForm, identity, Action.IDENTITY_CHANGED)


@require_http_methods(["GET", "POST"])
@may(Permission.ORGANISATION_CHANGE)
def brand_change(request: HttpRequest) -> HttpResponse:
    brand = _only(Brand)
    return _change(request, BrandForm, brand, Action.BRAND_CHANGED)


def _only(model: type[TenantModel]) -> TenantModel:
    """The one row of a tenant, or a new one."""
    return model.objects.first() or model()


def _change(request: HttpRequest, form_class: type[ModelForm], row: models.Model, action: Action) -> HttpResponse:
    before = audit.values_of(row)
    form = form_class(request.POST or None, request.FILES or None, instance=row)
    page = f"accounts/{request.resolver_match.url_name}.html"
    if request.method == "POST" and form.is_valid() and _save(request, form, action, before):
        messages.success(request, _("Saved."))
        return redirect("accounts:settings", request.tenant.slug)
    return render(request, page, {"form": form, "row": row}, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: ModelForm, action: Action, before: dict[str, Any]) -> bool:
    try:
        organisation.change(form, action, before, actor=Actor.of(request))
    except IntegrityError:
        form.add_error(None, _("Somebody saved this for the first time at the same moment. Open the page again to see it."))
    return not form.errors


@require_safe
@may(Permission.ORGANISATION_VIEW)
def brand_logo(request: HttpRequest) -> HttpResponse:
    brand = Brand.objects.first()
    if brand is None or not brand.logo:
        raise Http404
    return FileResponse(brand.logo.open(), content_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@require_http_methods(["GET", "POST"])
@may(Permission.ORGANISATION_CHANGE)
def sender_list(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        team.hold()  # before the form looks whether the address is there
    form = SenderIdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _add_sender(request, form)
        messages.success(request, _("We have sent a mail to %(email)s to confirm it.") % {"email": form.instance.email})
        return redirect("accounts:sender_list", request.tenant.slug)
    context = {"form": form, "senders": SenderIdentity.objects.order_by("email")}
    return render(request, "accounts/sender_list.html", context, status=422 if form.errors else 200)


def _add_sender(request: HttpRequest, form: SenderIdentityForm) -> None:
    token, sender = secrets.new(), form.instance
    sender.added_by, sender.token_hash = request.user, secrets.hash_of(token)
    sender.token_expires_at = timezone.now() + CONFIRM_WITHIN
    sender.save()
    audit.record(Actor.of(request), Action.SENDER_ADDED, sender, after=audit.values_of(sender, "name", "email", "reply_to"))
    letters.sender_confirmation(sender, token)


@require_POST
@may(Permission.ORGANISATION_CHANGE)
def sender_remove(request: HttpRequest, sender_id: int) -> HttpResponse:
    sender = get_object_or_404(SenderIdentity, pk=sender_id)
    audit.record(Actor.of(request), Action.SENDER_REMOVED, sender, before=audit.values_of(sender, "name", "email", "reply_to"))
    sender.delete()
    messages.success(request, _("%(email)s is no longer a sender.") % {"email": sender.email})
    return redirect("accounts:sender_list", request.tenant.slug)


@require_http_methods(["GET", "POST"])
def sender_confirm(request: HttpRequest, tenant_slug: str, token: str) -> HttpResponse:
    """Opened from the mail, without signing in. GET shows a button, only POST confirms: scanners follow links."""
    tenant = get_object_or_404(Tenant, slug=tenant_slug)
    with tenancy.scope(tenant):
        sender = get_object_or_404(SenderIdentity, token_hash=secrets.hash_of(token))
        is_late = sender.confirmed_at is None and sender.token_expires_at < timezone.now()
        if request.method == "POST" and not is_late:
            _confirm(sender)
        context = {"tenant_name": tenant.name, "sender": sender, "is_late": is_late}
        return render(request, "accounts/sender_confirm.html", context, status=410 if is_late else 200)


def _confirm(sender: SenderIdentity) -> None:
    """Once, however often the button is pressed."""
    now = timezone.now()
    if SenderIdentity.objects.filter(pk=sender.pk, confirmed_at=None).update(confirmed_at=now):
        sender.confirmed_at = now
        audit.record(audit.SYSTEM, Action.SENDER_CONFIRMED, sender)

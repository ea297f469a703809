"""The public page of the tenant: for everybody under /p/, and for colleagues who publish it."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent.forms.transparency import TransparencyPublishForm
from consent.models import TransparencyVersion
from consent.portal.pages import portal_page
from consent.transparency import desk, machine, page, publishing, trust
from consent.transparency.publishing import CannotPublish

# Unlike the customers' own pages it may be found and shared: it says nothing of anybody.
PUBLIC = {"Cache-Control": "no-cache", "X-Robots-Tag": "all", "Referrer-Policy": "same-origin"}


@require_safe
@may(Permission.CONSENT_VIEW)
def transparency(request: HttpRequest) -> HttpResponse:
    """What is published, what would change, what is not true any more."""
    return _desk(request, TransparencyPublishForm(), 200)


@require_POST
@may(Permission.CONSENT_MANAGE)
def transparency_publish(request: HttpRequest) -> HttpResponse:
    form = TransparencyPublishForm(request.POST)
    if form.is_valid() and _publish(request, form):
        messages.success(request, _("The page is published."))
        return redirect("consent:transparency", request.tenant.slug)
    return _desk(request, form, 422)


def _publish(request: HttpRequest, form: TransparencyPublishForm) -> bool:
    try:
        publishing.publish(form.cleaned_data["seen"], by=request.user, actor=Actor.of(request))
    except CannotPublish as bad:
        form.add_error(None, [fault.says for fault in bad.faults])
    return not form.errors


def _desk(request: HttpRequest, form: TransparencyPublishForm, status: int) -> HttpResponse:
    return render(request, "consent/transparency.html", {"desk": desk.look(), "form": form}, status=status)


@require_safe
@portal_page
def public_page(request: HttpRequest) -> HttpResponse:
    """In force now."""
    context = {"page": page.current(), "trust": trust.figures(), "versions": page.versions()}
    return _public(render(request, "portal/transparency.html", context))


@require_safe
@portal_page
def public_version(request: HttpRequest, number: int) -> HttpResponse:
    """For ever: drawn from what was published and nothing else."""
    version = get_object_or_404(TransparencyVersion, number=number)
    return _public(render(request, "portal/transparency_version.html", {"page": page.of(version)}))


@require_safe
@portal_page
def public_data(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """For programs: that version, or the one in force."""
    version = publishing.newest() if number is None else get_object_or_404(TransparencyVersion, number=number)
    return _public(_jsonld(machine.twin(version) if version else {}, 200 if version else 404))


def _jsonld(content: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(content, ensure_ascii=False, indent=2), content_type="application/ld+json; charset=utf-8", status=status)


def _public(answer: HttpResponse) -> HttpResponse:
    for name, value in PUBLIC.items():
        answer.headers[name] = value
    return answer

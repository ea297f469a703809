"""Consent forms: the list, one with its link and what to put on a site, making one, its next version, closing it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging
from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent import offering
from consent.forms import embedding
from consent.forms.offering import OfferingForm
from consent.models import ConsentForm, ConsentFormVersion
from consent.offering import CannotOffer


@require_safe
@may(Permission.CONSENT_VIEW)
def form_list(request: HttpRequest) -> HttpResponse:
    shows_closed = "closed" in request.GET
    page = paging.newest_first(ConsentForm.objects.filter(closed_at__isnull=not shows_closed), request)
    counted, can_offer = offering.asked(page.rows), bool(offering.offerable())
    lines = [(row, counted[row.pk]) for row in page.rows]
    context = {"page": page, "lines": lines, "shows_closed": shows_closed, "can_offer": can_offer}
    return render(request, "consent/form_list.html", context)


@require_safe
@may(Permission.CONSENT_VIEW)
def form(request: HttpRequest, form_id: int) -> HttpResponse:
    row = get_object_or_404(ConsentForm.objects.select_related("source"), pk=form_id)
    version = offering.current(row)
    versions = ConsentFormVersion.objects.filter(form=row).select_related("created_by").order_by("-number")
    context = {
        "form": row,
        "version": version,
        "versions": versions[:50],
        "faults": offering.faults(version.content) if version else [],
        "pieces": embedding.pieces(version) if version and not row.closed_at else [],
        "link": settings.BASE_URL + embedding.path(row),
        "count": offering.asked([row])[row.pk],
    }
    return render(request, "consent/form.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def form_create(request: HttpRequest) -> HttpResponse:
    form = OfferingForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _created(request, form)):
        messages.success(request, _("The form is there. Open it, or put it on your site."))
        return redirect(made)
    return render(request, "consent/form_create.html", {"form": form}, status=422 if form.errors else 200)


def _created(request: HttpRequest, form: OfferingForm) -> ConsentForm | None:
    try:
        return offering.create(form.cleaned_data["name"], form.content, by=request.user, actor=Actor.of(request))
    except CannotOffer as refusal:
        form.blame(refusal)
        return None


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def form_change(request: HttpRequest, form_id: int) -> HttpResponse:
    """Publishes the next version at once: earlier ones stay, for what was said yes to with them (CR3)."""
    row = get_object_or_404(ConsentForm, pk=form_id)
    form = OfferingForm(request.POST or None, version=offering.current(row))
    if request.method == "POST" and form.is_valid() and _published(request, row, form):
        messages.success(request, _("Saved. It is in use from now on; take the piece for your site over again."))
        return redirect(row)
    return render(request, "consent/form_change.html", {"form": form, "row": row}, status=422 if form.errors else 200)


def _published(request: HttpRequest, row: ConsentForm, form: OfferingForm) -> bool:
    try:
        offering.publish(row, form.content, name=form.cleaned_data["name"], by=request.user, actor=Actor.of(request))
    except CannotOffer as refusal:
        form.blame(refusal)
    return not form.errors


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def form_close(request: HttpRequest, form_id: int) -> HttpResponse:
    row = get_object_or_404(ConsentForm, pk=form_id)
    if request.method == "GET":
        return render(request, "consent/form_close.html", {"form": row})
    try:
        offering.close(row, is_closed=row.closed_at is None, actor=Actor.of(request))
    except CannotOffer as refusal:
        messages.error(request, str(refusal))
    return redirect(row)

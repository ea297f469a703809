"""The quarantine: what sources sent and could not be taken in, why, correcting it and throwing it away."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, paging
from accounts.access import NotAllowed, may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from accounts.tenancy import public_ids
from customers import values
from customers.forms.source import QuarantineSearchForm, ReplayForm
from customers.ingest import health, quarantine
from customers.ingest.items import Unusable
from customers.models import QuarantinedItem


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def quarantine_list(request: HttpRequest) -> HttpResponse:
    form = QuarantineSearchForm(request.GET, reasons=health.reasons())
    page = paging.newest_first(form.found(), request)
    context = {"form": form, "page": page, "query": request.GET.urlencode(), "count": form.found().count()}
    return render(request, "customers/quarantine_list.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.CUSTOMERS_VIEW)
def quarantined_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Shows it; posted: takes in what it was corrected to."""
    row = get_object_or_404(QuarantinedItem.objects.select_related("source", "closed_by"), pk=item_id)
    form = ReplayForm(request.POST or None, initial={"item": _readable(row.item)})
    if request.method == "POST":
        _must_manage(request)
        if form.is_valid() and _replayed(request, row, form):
            return redirect("customers:quarantine_list", request.tenant.slug)
    return render(request, "customers/quarantined_item.html", {"item": row, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def quarantine_discard(request: HttpRequest) -> HttpResponse:
    """Everything that the filter of the list finds, or `?item=` alone."""
    form = QuarantineSearchForm(request.GET, reasons=health.reasons())
    if not form.is_valid():
        raise Http404
    rows = form.found()
    if request.method == "GET":
        newest = rows.order_by("-pk").first()
        context = {"form": form, "count": rows.count(), "query": request.GET.urlencode(), "newest": newest.public_id if newest else ""}
        return render(request, "customers/quarantine_discard.html", context)
    rows = rows.filter(pk__lte=_newest(request))
    _discarded(request, quarantine.discard(rows, by=request.user), str(form.cleaned_data["reason"]))
    return redirect("customers:quarantine_list", request.tenant.slug)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def quarantined_item_discard(request: HttpRequest, item_id: int) -> HttpResponse:
    row = get_object_or_404(QuarantinedItem.objects.select_related("source"), pk=item_id)
    if request.method == "GET":
        return render(request, "customers/quarantined_item_discard.html", {"item": row})
    _discarded(request, quarantine.discard(QuarantinedItem.objects.filter(pk=row.pk), by=request.user), row.reason)
    return redirect("customers:quarantine_list", request.tenant.slug)


def _newest(request: HttpRequest) -> int:
    """The newest of those that were counted when the question was asked: what has come in since is not thrown away unseen."""
    try:
        return public_ids.decode(request.tenant, request.POST.get("newest", ""))
    except public_ids.NotAnId:
        raise Http404 from None


def _must_manage(request: HttpRequest) -> None:
    if not request.membership.may(Permission.SOURCES_MANAGE):
        raise NotAllowed(Permission.SOURCES_MANAGE)


def _replayed(request: HttpRequest, row: QuarantinedItem, form: ReplayForm) -> bool:
    try:
        taken = quarantine.replay(row.pk, form.cleaned_data["item"], by=request.user)
    except Unusable as problem:
        form.add_error("item", str(problem))
        return False
    except quarantine.AlreadyClosed:
        form.add_error(None, _("A colleague has dealt with this item already."))
        return False
    audit.record(Actor.of(request), Action.QUARANTINE_REPLAYED, row, after={"outcome": taken.outcome.value})
    messages.success(request, _("The item was taken in."))
    return True


def _discarded(request: HttpRequest, count: int, reason: str) -> None:
    audit.record(Actor.of(request), Action.QUARANTINE_DISCARDED, after={"count": count, "reason": reason})
    said = ngettext("%(count)s item was thrown away.", "%(count)s items were thrown away.", count) % {"count": count}
    messages.success(request, said)


def _readable(text: str) -> str:
    """As JSON with lines, where it is JSON."""
    try:
        readable = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        return readable if values.is_storable(readable) else text
    except (ValueError, RecursionError):
        return text

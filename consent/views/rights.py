"""Requests of customers as the privacy officer sees them: the queue, one with its steps, recording one, and each answer."""

from collections.abc import Callable

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, paging
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from accounts.tenancy import public_ids
from consent.forms.rights import ReasonForm, RequestSearchForm, RightsRequestForm
from consent.models import RightsRequest
from consent.rights import queue, requests
from consent.rights.requests import CannotDo
from customers import search
from customers.models import Customer

FOUND = 20
Answer = Callable[[RightsRequest, str], None]


@require_safe
@may(Permission.CONSENT_VIEW)
def rights_request_list(request: HttpRequest) -> HttpResponse:
    """Open ones, the most urgent first; others by ?show=done and ?show=all, the newest first."""
    shows = request.GET.get("show", "")
    rows, page = RightsRequest.objects.all(), None
    if shows in ("done", "all"):
        page = paging.newest_first(queue.answered(rows) if shows == "done" else rows, request)
    lines = queue.lines(page.rows if page else list(queue.open_ones()))
    context = {"lines": lines, "page": page, "shows": shows if page else "open", "tiles": queue.tiles()}
    return render(request, "consent/rights_request_list.html", context)


@require_safe
@may(Permission.CONSENT_VIEW)
def rights_request(request: HttpRequest, request_id: int) -> HttpResponse:
    return _page(request, get_object_or_404(RightsRequest, pk=request_id))


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def rights_request_create(request: HttpRequest) -> HttpResponse:
    """First who it is about, then what is asked."""
    customer = _customer(request)
    if customer is None:
        form = RequestSearchForm(request.GET if "q" in request.GET else None)
        found = search.find(form.cleaned_data["q"]).order_by("-pk")[:FOUND] if form.is_valid() else None
        return render(request, "consent/rights_request_create.html", {"form": form, "found": found})
    form = RightsRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = requests.receive(customer, form.asked(), actor=Actor.of(request))
        messages.success(request, _("Recorded as %(number)s.") % {"number": row.number})
        return redirect(row)
    context = {"form": form, "customer": customer}
    return render(request, "consent/rights_request_create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def rights_request_carry_out(request: HttpRequest, request_id: int) -> HttpResponse:
    row = get_object_or_404(RightsRequest, pk=request_id)
    if request.method == "POST":
        return _done(request, row, lambda: requests.carry_out(row, actor=Actor.of(request)))
    return render(request, "consent/rights_request_carry_out.html", {"opened": queue.opened(row)})


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def rights_request_refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    return _with_reason(request, request_id, lambda row, reason: requests.refuse(row, reason, actor=Actor.of(request)))


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def rights_request_extend(request: HttpRequest, request_id: int) -> HttpResponse:
    return _with_reason(request, request_id, lambda row, reason: requests.extend(row, reason, actor=Actor.of(request)))


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def rights_request_announce(request: HttpRequest, request_id: int) -> HttpResponse:
    """Tells the customer that the restriction is going to be lifted."""
    return _with_reason(request, request_id, lambda row, reason: requests.announce_lift(row, reason, actor=Actor.of(request)))


@require_POST
@may(Permission.CONSENT_MANAGE)
def rights_request_lift(request: HttpRequest, request_id: int) -> HttpResponse:
    row = get_object_or_404(RightsRequest, pk=request_id)
    return _done(request, row, lambda: requests.lift(row, actor=Actor.of(request)))


@require_POST
@may(Permission.CONSENT_MANAGE)
def rights_request_drop(request: HttpRequest, request_id: int) -> HttpResponse:
    row = get_object_or_404(RightsRequest, pk=request_id)
    return _done(request, row, lambda: requests.drop(row, actor=Actor.of(request)))


@require_POST
@may(Permission.DATA_EXPORT)
def rights_request_package(request: HttpRequest, request_id: int) -> HttpResponse:
    """To read, or to give to who has no address. The download is written down."""
    row = get_object_or_404(RightsRequest, pk=request_id)
    package = row.packages.exclude(file="").order_by("-pk").first()
    if package is None or not default_storage.exists(package.file):
        raise Http404
    audit.record(Actor.of(request), Action.PACKAGE_DOWNLOADED, row, after={"by": "colleague"})
    return FileResponse(
        default_storage.open(package.file), as_attachment=True, filename=f"{row.number}.zip", content_type="application/zip"
    )


def _page(request: HttpRequest, row: RightsRequest) -> HttpResponse:
    return render(request, "consent/rights_request.html", {"opened": queue.opened(row)})


def _with_reason(request: HttpRequest, request_id: int, answer: Answer) -> HttpResponse:
    row = get_object_or_404(RightsRequest, pk=request_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _answered(form, row, answer):
        messages.success(request, _("Done. The customer gets a mail, if you have an address."))
        return redirect(row)
    context = {"form": form, "opened": queue.opened(row), "act": request.resolver_match.url_name}
    return render(request, "consent/rights_request_reason.html", context, status=422 if form.errors else 200)


def _answered(form: ReasonForm, row: RightsRequest, answer: Answer) -> bool:
    try:
        answer(row, form.cleaned_data["reason"])
    except CannotDo as no:
        form.add_error(None, str(no))
    return not form.errors


def _done(request: HttpRequest, row: RightsRequest, act: Callable[[], None]) -> HttpResponse:
    try:
        act()
    except CannotDo as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("Done."))
    return redirect(row)


def _customer(request: HttpRequest) -> Customer | None:
    """Whom ?customer= names."""
    try:
        return Customer.objects.present().filter(pk=public_ids.decode(request.tenant, request.GET.get("customer", ""))).first()
    except public_ids.NotAnId:
        return None

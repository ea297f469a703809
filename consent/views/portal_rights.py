"""What customers ask about their data after the code: correct it, take it away, object, see and take everything, delete everything."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import SYSTEM
from consent import choices
from consent.forms.rights import CorrectForm, WrongForm
from consent.models import Hold, RightsRequest
from consent.portal import asked, proving
from consent.portal import held as holding
from consent.portal.pages import view_page
from consent.rights import correcting, requests
from consent.rights.requests import CannotDo

Kind = RightsRequest.Kind


@require_safe
@view_page
def mine(request: HttpRequest) -> HttpResponse:
    context = {
        "asked": asked.mine(request.customer),
        "authority": asked.complaints(),
        "saved": request.GET.get("saved", ""),
        "is_restricted": Hold.Kind.RESTRICTED in choices.holds(request.customer.pk),
    }
    return render(request, "portal/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@view_page
def correct(request: HttpRequest) -> HttpResponse:
    attribute = correcting.attribute(request.GET.get("what", ""))
    if attribute is None or attribute.key not in request.customer.attributes:
        raise Http404
    form = CorrectForm(attribute, request.customer.attributes[attribute.key], request.POST or None)
    if request.method == "POST" and form.is_valid() and (done := _correct(request, form)):
        return _after(request, done)
    context = {"form": form, "attribute": attribute, "now": request.customer.attributes[attribute.key]}
    return render(request, "portal/correct.html", context, status=422 if form.errors else 200)


def _correct(request: HttpRequest, form: CorrectForm) -> RightsRequest | None:
    try:
        return asked.ask(request, Kind.RECTIFY, attribute=form.attribute.key, value=form.cleaned_data["value"])
    except CannotDo as no:
        form.add_error("value", str(no))
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@view_page
def forget(request: HttpRequest) -> HttpResponse:
    key = request.GET.get("what", "")
    found = [each for each in holding.facts(request.customer) if each.key == key]
    if not found:
        raise Http404
    if request.method == "POST":
        return _after(request, asked.ask(request, Kind.RECTIFY, attribute=key, value=None))
    return render(request, "portal/forget.html", {"each": found[0], "is_looked_at": not correcting.is_simple({"attribute": key})})


@require_http_methods(["GET", "HEAD", "POST"])
@view_page
def wrong(request: HttpRequest) -> HttpResponse:
    """A value that we worked out: a colleague looks at it."""
    thought = _thought(request)
    form = WrongForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        about = f"{thought.name}: {thought.value}"
        return _after(request, asked.ask(request, Kind.RECTIFY, about=about, text=form.cleaned_data["text"]))
    return render(request, "portal/wrong.html", {"form": form, "thought": thought}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@view_page
def object_to(request: HttpRequest) -> HttpResponse:
    thought = _thought(request)
    if request.method == "POST":
        detail = {"about": f"{thought.name}: {thought.value}", **({"purpose": thought.purpose} if thought.purpose else {})}
        return _after(request, asked.ask(request, Kind.OBJECT, **detail))
    return render(request, "portal/object.html", {"thought": thought})


def _thought(request: HttpRequest) -> holding.Thought:
    found = holding.thought(request.customer, request.GET.get("what", ""))
    if found is None:
        raise Http404
    return found


@require_POST
@view_page
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in asked.AT_ONCE:
        raise Http404
    return _after(request, asked.ask_package(request) if kind == Kind.ACCESS else asked.ask(request, kind))


@require_http_methods(["GET", "HEAD", "POST"])
@view_page
def erase(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _after(request, asked.ask(request, Kind.ERASE))
    return render(request, "portal/erase.html")


@require_POST
@view_page
def unrestrict(request: HttpRequest) -> HttpResponse:
    requests.lift_by_customer(request.customer, proving.of(request))
    return redirect("portal:requests", request.tenant.slug)


@require_POST
@view_page
def drop(request: HttpRequest, request_id: int) -> HttpResponse:
    """Answered meanwhile: the page says so."""
    row = get_object_or_404(requests.of_customer(request.customer), pk=request_id)
    try:
        requests.drop(row, actor=SYSTEM)
    except CannotDo:
        row.refresh_from_db()
    return _after(request, row)


@require_POST
@view_page
def fetch(request: HttpRequest, package_id: int) -> HttpResponse:
    package = asked.fetchable(request.customer, package_id)
    if package is None or not default_storage.exists(package.file):
        raise Http404
    asked.fetch(package)
    name = f"{request.tenant.slug}-{package.request.number}.zip"
    return FileResponse(default_storage.open(package.file), as_attachment=True, filename=name, content_type="application/zip")


def _after(request: HttpRequest, row: RightsRequest) -> HttpResponse:
    """To the list, at what was asked."""
    return redirect(reverse("portal:requests", args=[request.tenant.slug]) + "?" + urlencode({"saved": row.number}) + f"#{row.number}")

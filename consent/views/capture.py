"""A form of a tenant as everybody may open it, or post to from another site; and the page that a mail asks to confirm on."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import origin
from consent import capture, offering
from consent.forms.capture import BAIT, CaptureForm
from consent.models import ConsentForm, ConsentFormVersion
from consent.portal import boxes
from consent.portal.pages import portal_page

# So that a browser names our own pages when it posts from them (Fetch §3.2); other sites still learn nothing.
KNOWS_ITSELF = "same-origin"


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def form(request: HttpRequest, form_id: int) -> HttpResponse:
    """No cookie and no key: what it does is write down what anybody may type. Every address gets the same answer (PP10)."""
    row = get_object_or_404(ConsentForm.objects.select_related("source"), pk=form_id)
    version = offering.current(row)
    if row.closed_at or version is None or not boxes.offers(version):
        return render(request, "portal/form_closed.html", status=410)
    if request.method != "POST":
        return _page(request, version, CaptureForm(version=version, language=request.LANGUAGE_CODE))
    if not _may_come_from(request, version):
        return render(request, "portal/form_closed.html", {"is_elsewhere": True}, status=403)
    return _submitted(request, version)


def _submitted(request: HttpRequest, version: ConsentFormVersion) -> HttpResponse:
    filled = CaptureForm(request.POST, version=version, language=request.LANGUAGE_CODE)
    if request.POST.get("seen") != boxes.seal(version, request.LANGUAGE_CODE):
        anew = CaptureForm(version=version, language=request.LANGUAGE_CODE, initial={"email": request.POST.get("email", "")[:254]})
        return _page(request, version, anew, status=409)
    if not filled.is_valid():
        return _page(request, version, filled, status=422)
    if not request.POST.get(BAIT):
        capture.submit(version, filled.answers(), _where(request))
    here = reverse("portal:form", args=[request.tenant.slug, version.form.public_id])
    return redirect(f"{here}?done=1&language={request.LANGUAGE_CODE}")


def _page(request: HttpRequest, version: ConsentFormVersion, filled: CaptureForm, status: int = 200) -> HttpResponse:
    context = {
        "form": filled,
        "texts": boxes.texts(version, request.LANGUAGE_CODE),
        "seal": boxes.seal(version, request.LANGUAGE_CODE),
        "bait": BAIT,
        "is_done": "done" in request.GET and status == 200,
        "is_confirmed_by_mail": any(purpose.version.needs_confirmation for purpose, _channel in boxes.offers(version)),
        "has_changed": status == 409,
    }
    answer = render(request, "portal/form.html", context, status=status)
    answer.headers["Referrer-Policy"] = KNOWS_ITSELF
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def form_confirm(request: HttpRequest) -> HttpResponse:
    """GET and HEAD change nothing: programs that check mail open every link (CC3)."""
    try:
        waiting = capture.pending(request.token)
        titles = capture.titles(waiting)
        if request.method == "POST":
            waiting = capture.confirm(request.token, _where(request))
    except capture.NotYet:
        return render(request, "portal/form_expired.html", {"forms": _ways_back(request)}, status=404)
    thanks = boxes.texts(waiting.form_version, request.LANGUAGE_CODE)["thanks"]
    return render(request, "portal/form_confirm.html", {"waiting": waiting, "titles": titles, "thanks": thanks})


def _ways_back(request: HttpRequest) -> list[tuple[ConsentForm, str]]:
    """The open forms, each by its title: the same for a token of last week and for one that never was."""
    newest = ConsentFormVersion.objects.select_related("form").filter(form__closed_at=None).order_by("form__name", "number")
    by_form = {version.form_id: version for version in newest}
    return [(version.form, boxes.texts(version, request.LANGUAGE_CODE)["title"]) for version in by_form.values()][:10]


def _may_come_from(request: HttpRequest, version: ConsentFormVersion) -> bool:
    """From anywhere where no sites are named; else from those, and from our own page."""
    sites = version.content["sites"]
    own = {f"{request.scheme}://{request.get_host()}", settings.BASE_URL}
    return not sites or request.headers.get("Origin", "") in {*sites, *own}


def _where(request: HttpRequest) -> capture.Origin:
    """The page it was filled in on, without what may stand behind its question mark."""
    told = urlsplit(request.headers.get("Referer", "")[:2_000])
    named = request.headers.get("Origin", "").removeprefix("null")[:300]
    page = f"{told.scheme}://{told.netloc}{told.path}"[:300] if told.netloc else named or settings.BASE_URL + request.path
    return capture.Origin(page, origin.client_ip(request) or "", request.headers.get("User-Agent", "")[:300])

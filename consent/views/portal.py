"""What customers choose: the frame of their pages, the page of choices by link and by code, and the link that is mailed to who asks."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import origin
from consent import choices
from consent.forms.portal import AskForm, BreakForm, ChoiceForm
from consent.models import Hold, Notice, Purpose
from consent.portal import asking, choosing, codes, offered, proving, wording
from consent.portal import look as looks
from consent.portal.pages import address, has_proved, link_page, portal_page, view_page
from consent.proof import CannotRecord

FIVE_MINUTES = "private, max-age=300"
EVERYTHING = "everything"


@require_safe
@portal_page
def look(request: HttpRequest) -> HttpResponse:
    return HttpResponse(looks.sheet(request.frame.brand), content_type="text/css", headers={"Cache-Control": FIVE_MINUTES})


@require_safe
@portal_page
def logo(request: HttpRequest) -> HttpResponse:
    brand = request.frame.brand
    if brand is None or not brand.logo:
        raise Http404
    return FileResponse(brand.logo.open(), content_type="image/png", headers={"Cache-Control": FIVE_MINUTES})


@require_safe
@portal_page
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The text as it was shown, whatever it says now (CR2). It tells nothing of who was shown it."""
    shown = get_object_or_404(Notice.objects.select_related("purpose_version__purpose"), pk=notice_id)
    return render(request, "portal/notice.html", {"notice": shown, "lines": shown.text.split("\n")})


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def ask(request: HttpRequest) -> HttpResponse:
    """Mail me my link: the answer is the same whoever asks."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_mailed(form, origin.client_ip(request) or ""):
        return redirect(reverse("portal:ask", args=[request.tenant.slug]) + "?sent=1")
    context = {"form": form, "is_sent": "sent" in request.GET}
    return render(request, "portal/ask.html", context, status=422 if form.errors else 200)


def _is_mailed(form: AskForm, ip: str) -> bool:
    try:
        asking.mail_link(form.cleaned_data["email"], ip=ip)
    except ValueError as no:
        form.add_error("email", str(no))
    return not form.errors


@require_safe
@link_page
def home(request: HttpRequest) -> HttpResponse:
    return _choices(request)


@require_safe
@view_page
def me_home(request: HttpRequest) -> HttpResponse:
    return _choices(request)


@require_POST
@link_page
def choose(request: HttpRequest) -> HttpResponse:
    return _choose(request)


@require_POST
@view_page
def me_choose(request: HttpRequest) -> HttpResponse:
    return _choose(request)


@require_POST
@link_page
def stop(request: HttpRequest) -> HttpResponse:
    return _stop(request)


@require_POST
@view_page
def me_stop(request: HttpRequest) -> HttpResponse:
    return _stop(request)


@require_POST
@link_page
def pause(request: HttpRequest) -> HttpResponse:
    return _pause(request)


@require_POST
@view_page
def me_pause(request: HttpRequest) -> HttpResponse:
    return _pause(request)


def _choices(request: HttpRequest, form: BreakForm | None = None, status: int = 200) -> HttpResponse:
    holds = choices.holds(request.customer.pk)
    context = {
        "offer": offered.to(request.customer),
        "form": form or BreakForm(request.customer),
        "masked": wording.masked(request.customer.email),
        "is_wrong": status == 422,
        "is_stopped": Hold.Kind.OBJECTED in holds,
        "is_restricted": Hold.Kind.RESTRICTED in holds,
        "at": {name: address(request, name) for name in ("home", "choose", "stop", "pause")},
        "saved": request.GET.get("saved", ""),
        "refused": request.GET.get("refused", ""),
        "because": wording.refusal(request.GET.get("because", "")),
    }
    return render(request, "portal/choices.html", context, status=status)


def _choose(request: HttpRequest) -> HttpResponse:
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _choices(request, status=422)
    purpose, channel = form.cleaned_data["purpose"], form.cleaned_data["channel"]
    if form.is_yes:
        return _yes(request, purpose, channel)
    choosing.say_no(request.customer, purpose, channel, proving.of(request, [purpose], said=_("No")))
    return _back(request, saved=offered.name_of(purpose.key, channel))


def _yes(request: HttpRequest, purpose: Purpose, channel: str) -> HttpResponse:
    """By link only the code that is sent now turns it into a yes; what is on already stays on."""
    name = offered.name_of(purpose.key, channel)
    if choosing.is_on(request.customer, purpose, channel):
        return _back(request, saved=name)
    if request.token and not has_proved(request):
        codes.send(request.customer, ip=origin.client_ip(request) or "")
        return redirect(address(request, "code") + "?" + urlencode({"sent": 1, "wants": name}))
    return say_yes(request, purpose, channel)


def say_yes(request: HttpRequest, purpose: Purpose, channel: str) -> HttpResponse:
    """The caller has seen the proof of the mailbox."""
    name = offered.name_of(purpose.key, channel)
    try:
        choosing.say_yes(request.customer, purpose, channel, proving.of(request, [purpose], said=_("Yes")))
    except CannotRecord as no:
        return _back(request, refused=name, because=no.code)
    return _back(request, saved=name)


def _stop(request: HttpRequest) -> HttpResponse:
    purposes = Purpose.objects.live().select_related("version").exclude(kind=Purpose.Kind.SERVICE)
    choosing.stop_everything(request.customer, proving.of(request, purposes, said=_("Stop everything")))
    return _back(request, saved=EVERYTHING)


def _pause(request: HttpRequest) -> HttpResponse:
    form, proof = BreakForm(request.customer, request.POST), proving.of(request)
    if not form.is_valid():
        return _choices(request, form, status=422)
    choosing.limit(request.customer, *form.limit(), proof)
    choosing.pause(request.customer, form.cleaned_data["until"], proof)
    return _back(request, saved="break")


def _back(request: HttpRequest, **said: str) -> HttpResponse:
    """To the page of choices, at the line that was touched: nothing of it is kept in a session or a cookie."""
    place = said.get("saved") or said.get("refused", "")
    return redirect(f"{address(request, 'home')}?{urlencode(said)}#{place}")

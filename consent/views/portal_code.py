"""The step between the grades: a code to the address on file, typed in, opens the pages with data for half an hour on this device."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import origin
from consent.forms.portal import CodeForm
from consent.portal import codes, offered, sessions, wording
from consent.portal.pages import address, has_proved, link_page, view_page
from consent.views import portal

PAGES = ("held", "messages", "history", "requests")


@require_http_methods(["GET", "HEAD", "POST"])
@link_page
def code(request: HttpRequest) -> HttpResponse:
    """GET sends nothing: scanners follow links."""
    wants = request.POST.get("wants") or request.GET.get("wants", "")
    if request.method == "POST":
        return _enter(request, wants) if "code" in request.POST else _send(request, wants)
    if wants in PAGES and has_proved(request):
        return redirect(f"portal:{wants}", request.tenant.slug)
    return _page(request, wants, CodeForm())


def _send(request: HttpRequest, wants: str) -> HttpResponse:
    codes.send(request.customer, ip=origin.client_ip(request) or "")
    return redirect(address(request, "code") + "?" + urlencode({"sent": 1, "wants": wants}))


def _enter(request: HttpRequest, wants: str) -> HttpResponse:
    form = CodeForm(request.POST)
    proved = codes.check(request.customer, form.cleaned_data["code"]) if form.is_valid() else None
    if proved is None:
        form.add_error("code", _("This is not the code, or it no longer works. Look at the newest mail, or ask for a new code."))
        return _page(request, wants, form, status=422)
    answer = _onward(request, wants)
    sessions.open_with(answer, proved, request.tenant.slug)
    return answer


def _onward(request: HttpRequest, wants: str) -> HttpResponse:
    """To what the code was asked for: a page, or the yes that waited for it."""
    request.token = ""
    if switch := offered.find(wants):
        return portal.say_yes(request, *switch)
    return redirect(f"portal:{wants}" if wants in PAGES else "portal:me_home", request.tenant.slug)


def _page(request: HttpRequest, wants: str, form: CodeForm, status: int = 200) -> HttpResponse:
    switch = offered.find(wants)
    context = {
        "form": form,
        "wants": wants,
        "asked": switch and switch[0].version.text_in(request.LANGUAGE_CODE)["title"],
        "masked": wording.masked(request.customer.email),
        "is_sent": "sent" in request.GET or status == 422,
        "at": {name: address(request, name) for name in ("home", "code")},
    }
    return render(request, "portal/code.html", context, status=status)


@require_POST
@view_page
def leave(request: HttpRequest) -> HttpResponse:
    answer = redirect(reverse("portal:ask", args=[request.tenant.slug]) + "?left=1")
    sessions.close(answer, request.code, request.tenant.slug)
    return answer

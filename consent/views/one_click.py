"""The unsubscribe button of a mail program (RFC 8058): a POST ends one purpose on one channel, whoever sends it and however often."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from consent.models import Purpose
from consent.portal import choosing, offered, proving
from consent.portal.pages import link_page


@require_http_methods(["GET", "HEAD", "POST"])
@link_page
def one_click(request: HttpRequest) -> HttpResponse:
    """GET shows the choice and changes nothing (DL3). The body of the POST says nothing that the address does not."""
    switches = [each for each in offered.find_all(request.act.purpose_key) if request.act.channel in ("", each[1])]
    if request.method == "POST":
        _end(request, switches)
    text = switches[0][0].version.text_in(request.LANGUAGE_CODE) if switches else None
    home = reverse("portal:home", args=[request.tenant.slug, request.token])
    return render(request, "portal/one_click.html", {"text": text, "home": home, "is_done": request.method == "POST"})


def _end(request: HttpRequest, switches: list[tuple[Purpose, str]]) -> None:
    """A purpose that is no longer there sends nothing any more. A link to nothing in particular is taken for all of it."""
    for purpose, channel in switches:
        choosing.say_no(request.customer, purpose, channel, proving.of(request, [purpose], method="one_click"))
    if not request.act.purpose_key:
        choosing.stop_everything(request.customer, proving.of(request, method="one_click"))

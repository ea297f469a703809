"""A request in; what no page of ours can want is turned away before anything is kept of it, what is answered is kept private."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import resolve

from config import faults

Respond = Callable[[HttpRequest], HttpResponse]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LARGEST_BODY = 5_000_000  # bytes; a proxy in front may have a limit of its own


def middleware(respond: Respond) -> Respond:
    def turn_away(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            # Not even the word is kept: it would be a label of a metric and a part of a log line.
            request.method = "OTHER"
            return HttpResponseNotAllowed(METHODS)
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size > LARGEST_BODY and size > _largest_body(request):
            return faults.too_large(request)
        answer = respond(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")  # ASVS 14.3.2: nothing stays behind after signing out
        return answer

    return turn_away


def _largest_body(request: HttpRequest) -> int:
    """What the view behind this address takes: more than others only where it says so itself (accounts/uploads.py)."""
    try:
        return getattr(resolve(request.path_info).func, "largest_body", LARGEST_BODY)
    except Http404:
        return LARGEST_BODY

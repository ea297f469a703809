"""A request in; what no page of ours can want is turned away before anything is kept of it, what is answered is kept private."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

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
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return faults.too_large(request)
        answer = respond(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")  # ASVS 14.3.2: nothing stays behind after signing out
        return answer

    return turn_away

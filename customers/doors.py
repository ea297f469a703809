"""Where sources knock: what the libraries of Segment send in, the answers they understand out (`/v1/…`, docs: `/t/<tenant>/sources/…`).

A door sees to key, size and shape, and keeps what it was given (`ingest.accept`). 200 is said after the commit, never before. It runs
outside sessions and CSRF (`config.straight`), sets no cookie, and may be called from any web page, without credentials of the browser.
"""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, RawPostDataException
from django.http.request import UnreadablePostError
from psycopg_pool import PoolTimeout

from customers.ingest import bodies, limits, senders
from customers.ingest.accept import accept
from customers.ingest.bodies import Body
from customers.ingest.refusals import Malformed, NotNow, Refused, TooLarge

Door = Callable[..., HttpResponse]
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
DONE = b'{"success":true}'
# Fetch standard, CORS protocol: any page may call, with nothing of the browser's own (no cookies), and remembers the permission for a day.
ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, content-encoding, x-retry-count",
    "Access-Control-Max-Age": "86400",
}
# How the browser library shortens the calls: analytics-next sends `track` to /v1/t.
SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}


def door(method: str) -> Callable[[Door], Door]:
    """Answers a refusal and a preflight as a program expects them."""

    def decorate(answer: Door) -> Door:
        @wraps(answer)
        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                return HttpResponse(status=204, headers={**ANYBODY, **PREFLIGHT})
            if request.method != method:
                return HttpResponseNotAllowed([method, "OPTIONS"], headers=ANYBODY)
            try:
                return answer(request, **named)
            except Refused as refusal:
                return _refused(refusal)
            except AWAY:
                return _refused(NotNow())

        return guarded

    return decorate


@door("POST")
def batch(request: HttpRequest) -> HttpResponse:
    return _take(request, bodies.batch(_body(request)))


@door("POST")
def call(request: HttpRequest, kind: str) -> HttpResponse:
    return _take(request, bodies.call(SHORT.get(kind, kind), _body(request)))


@door("POST")
def metrics(request: HttpRequest) -> HttpResponse:
    """How the browser library fares. It is asked not to send this (see `settings`), and none of it is kept."""
    return _done()


@door("GET")
def settings(request: HttpRequest, write_key: str) -> HttpResponse:
    """What the browser library asks for before it starts: where to send to. So a page changes the host of its CDN and nothing else."""
    senders.find(write_key)
    segment = {"apiKey": write_key, "apiHost": f"{request.get_host()}/v1", "protocol": request.scheme, "addBundledMetadata": False}
    known = {"integrations": {"Segment.io": segment}, "plan": {}, "metrics": {"sampleRate": 0}, "remotePlugins": []}
    return JsonResponse(known, headers={**ANYBODY, "Cache-Control": "public, max-age=60"})


def _take(request: HttpRequest, body: Body) -> HttpResponse:
    accept(senders.find(_key_in(request) or body.write_key), body)
    return _done()


def _done() -> HttpResponse:
    return HttpResponse(DONE, content_type="application/json", headers=ANYBODY)


def _body(request: HttpRequest) -> bytes:
    """Raises TooLarge before anything of it is read: compressed it is no larger than plain."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limits.BATCH_BYTES:
        raise TooLarge(f"A batch is at most {limits.BATCH_BYTES:,} bytes.")
    try:
        return bodies.unpack(_sent(request), request.headers.get("Content-Encoding", "").strip().lower())
    except (UnreadablePostError, RawPostDataException):
        raise Malformed("The body broke off.") from None


def _sent(request: HttpRequest) -> bytes:
    """A body in pieces (RFC 9112 §7.1), as libraries for Java and Android send it, has no length: Django takes that for none."""
    if request.META.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        return request.META["wsgi.input"].read(limits.BATCH_BYTES + 1)
    return request.body


def _key_in(request: HttpRequest) -> str:
    """RFC 7617: the write key as user, no password."""
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _refused(refusal: Refused) -> HttpResponse:
    said = {"success": False, "code": refusal.code, "message": refusal.message}
    return JsonResponse(said, status=refusal.status, headers={**ANYBODY, **refusal.headers})

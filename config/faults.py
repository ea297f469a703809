"""A refusal or a fault in, a page in the product's look out, with a number to quote."""

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from psycopg_pool import PoolTimeout

from accounts import letters

DATABASE_DOWN = (OperationalError, InterfaceError, PoolTimeout)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return too_large(request) if isinstance(exception, RequestDataTooBig) else _page(request, 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """Also before there is a session: the page asks for nothing."""
    if _wants_json(request):
        return _problem(request, 413)
    return HttpResponse(render_to_string("413.html", {"request_id": getattr(request, "request_id", "")}), status=413)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, letters.TooMany):
        return too_many_requests(request)
    return _page(request, 403, roles_that_may=getattr(exception, "roles_that_may", []))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What django-allauth shows past its limits."""
    answer = _page(request, 429)
    answer.headers["Retry-After"] = "60"
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, template="403_csrf.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Without database, session or context processors: any of these may be what failed."""
    status = 503 if isinstance(sys.exc_info()[1], DATABASE_DOWN) else 500
    if _wants_json(request):
        return _problem(request, status)
    page = render_to_string(f"{status}.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=status, headers={"Retry-After": "10"} if status == 503 else {})


def _page(request: HttpRequest, status: int, *, template: str = "", **context: Any) -> HttpResponse:
    if _wants_json(request):
        return _problem(request, status)
    context["request_id"] = getattr(request, "request_id", "")
    return render(request, template or f"{status}.html", context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/api/", "/v1/"))


def _problem(request: HttpRequest, status: int) -> JsonResponse:
    """RFC 9457 §3: a problem a program can read."""
    body = {"type": "about:blank", "title": HttpResponse(status=status).reason_phrase, "status": status}
    return JsonResponse({**body, "instance": getattr(request, "request_id", "")}, status=status, content_type="application/problem+json")

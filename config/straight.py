"""A request of a program in; it goes straight to its door: past sessions, cookies, languages and CSRF, which are for people.

A source sends many requests a second, from anywhere, and signs each with its write key: nothing in between has anything to say of it.
Nor of the unsubscribe button of a mail program, which sends neither cookies nor a token of a form (RFC 8058 §3.2).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

Respond = Callable[[HttpRequest], HttpResponse]
DOORS = "/v1/"
ONE_CLICK = "/u/"


def middleware(respond: Respond) -> Respond:
    def straight(request: HttpRequest) -> HttpResponse:
        if not _is_of_a_program(request):
            return respond(request)
        try:
            request.resolver_match = resolve(request.path_info)
        except Resolver404:
            return HttpResponse(status=404, headers={"Access-Control-Allow-Origin": "*"})
        door, words, named = request.resolver_match
        answer = door(request, *words, **named)
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    return straight


def _is_of_a_program(request: HttpRequest) -> bool:
    is_one_click = request.method == "POST" and request.path_info.startswith(ONE_CLICK)
    return is_one_click or request.path_info.startswith(DOORS)

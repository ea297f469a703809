"""A request of a source in; it goes straight to its door: past sessions, cookies, languages and CSRF, which are for people.

A source sends many requests a second, from anywhere, and signs each with its write key: nothing in between has anything to say of it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

Respond = Callable[[HttpRequest], HttpResponse]
DOORS = "/v1/"


def middleware(respond: Respond) -> Respond:
    def straight(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DOORS):
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

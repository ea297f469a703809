"""What every request passes: the language of the user."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Respond = Callable[[HttpRequest], HttpResponse]


def language(respond: Respond) -> Respond:
    """The user's own language first, then the cookie of the sign-in page, then what the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.user.language if request.user.is_authenticated else ""
        with translation.override(_known(chosen) or translation.get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = respond(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else ""

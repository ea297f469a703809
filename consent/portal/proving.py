"""A request of a customer in, what proves the choice made with it out: what they saw, where, and how. Without the secret of their link."""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from accounts import origin
from consent import notices
from consent.models import Purpose
from consent.proof import Proof

LONGEST_AGENT = 300


def of(request: HttpRequest, purposes: Iterable[Purpose] = (), *, method: str = "portal", said: str = "") -> Proof:
    """`said`: the word on the button, as it stood there."""
    language, shown = translation.get_language(), [purpose.version for purpose in purposes]
    return Proof(
        method=method,
        indicated_by="customer",
        notices=notices.shown_all(shown, language),
        labels={version.purpose.key: f"{version.text_in(language)['title']}: {said}" for version in shown},
        language=language,
        control="button",
        page_url=settings.BASE_URL + reverse("portal:me_home", args=[request.tenant.slug]),
        ip=origin.client_ip(request) or "",
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
    )

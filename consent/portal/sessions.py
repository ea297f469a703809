"""A code that was right in, a cookie out that opens the pages with data on this device. The row of the code says until when."""

import hmac
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consent.models import ViewCode
from consent.portal import tokens

LASTS = timedelta(minutes=30)
FIELD = "form_key"  # in every form of these pages


def of(request: HttpRequest) -> ViewCode | None:
    """The code that opened this session, while it lasts."""
    try:
        code_id = tokens.read_view(request.COOKIES.get(_name(request.tenant.slug), ""))
    except tokens.NoToken:
        code_id = 0
    return ViewCode.objects.filter(pk=code_id, used_at__isnull=False, expires_at__gt=timezone.now()).first()


def open_with(answer: HttpResponse, code: ViewCode, slug: str) -> None:
    """`code`: just used; it ends the session when it ends (consent/portal/codes.py)."""
    answer.set_cookie(_name(slug), tokens.view(code.pk), max_age=int(LASTS.total_seconds()), **_where(slug))


def close(answer: HttpResponse, code: ViewCode, slug: str) -> None:
    """Here and on the server: a copy of the cookie opens nothing any more (ASVS 7.4.1)."""
    ViewCode.objects.filter(pk=code.pk).update(expires_at=timezone.now())
    answer.set_cookie(_name(slug), "", max_age=0, **_where(slug))


def form_key(request: HttpRequest) -> str:
    """What a form of ours carries: another site can neither read nor guess it, though the browser would send our cookie along."""
    return salted_hmac("consent.portal.form", request.COOKIES.get(_name(request.tenant.slug), ""), algorithm="sha256").hexdigest()


def is_ours(request: HttpRequest) -> bool:
    return hmac.compare_digest(request.POST.get(FIELD, "").encode(), form_key(request).encode())


def _name(slug: str) -> str:
    """`__Host-` ties the cookie to this very host, and needs https (RFC 6265bis §4.1.3.2); a copy on one's own machine has none."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}portret_portal_{slug}"


def _where(slug: str) -> dict[str, str | bool]:
    is_secure = settings.SESSION_COOKIE_SECURE
    return {"path": "/" if is_secure else f"/p/{slug}/", "secure": is_secure, "httponly": True, "samesite": "Lax"}

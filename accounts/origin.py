"""A request in, where it came from out."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The address of the caller. X-Forwarded-For counts only as far as our own proxies (TRUSTED_PROXIES) have written it."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return address(hops[-settings.TRUSTED_PROXIES])
    return address(request.META.get("REMOTE_ADDR", ""))


def address(text: str) -> str | None:
    """An IP address as the database writes it; nothing when `text` is none. The zone of a link-local one (`%eth0`) means nothing here."""
    try:
        return str(ipaddress.ip_address(_without_port(text).partition("%")[0]))
    except ValueError:
        return None


def _without_port(text: str) -> str:
    """Some proxies write 192.0.2.1:5678 or [2001:db8::1]:5678."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, port = text.rpartition(":")
    return host if colon and port.isdecimal() and ":" not in host else text

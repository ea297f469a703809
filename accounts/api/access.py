"""Partners' programs: a key in the Authorization header in, the tenant's scope around the view out. Deny by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from accounts import keys, origin, tenancy
from accounts.models import ApiKey


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer portret_…`. A key in the address is refused: addresses end up in logs (ASVS 14.2.1)."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        _refuse_in_address(request)
        scheme, _, text = get_authorization_header(request).decode(errors="replace").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise AuthenticationFailed("Send the API key as: Authorization: Bearer portret_…")
        return None, _find(text.strip(), request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Portret"'


def _refuse_in_address(request: Request) -> None:
    values = (value for _, values in request.query_params.lists() for value in values)
    if any(value.startswith(f"{keys.MARK}_") for value in values):
        raise AuthenticationFailed(
            "A key in the address is refused: addresses end up in logs. Revoke this key, and send the next in a header."
        )


def _find(text: str, request: HttpRequest) -> ApiKey:
    try:
        tenant = keys.tenant_of(text)
        with tenancy.scope(tenant):
            key = keys.find(text, ip=origin.client_ip(request))
    except keys.UnknownKey:
        raise AuthenticationFailed("This API key is unknown, has expired or was revoked.") from None
    key.tenant = tenant
    return key


def in_scope(view: Callable[..., Response]) -> Callable[..., Response]:
    """The view runs in the scope of the tenant whose key is used. Goes under `@api_view`, on every view of the API."""

    @wraps(view)
    def scoped(request: Request, *args: Any, **ids: Any) -> Response:
        with tenancy.scope(request.auth.tenant):
            return view(request, *args, **ids)

    return scoped


class KeyMay(BasePermission):
    """A view names in `permission` what its caller must be allowed; a view that names nothing is for any valid key."""

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = getattr(view, "permission", None)
        return isinstance(request.auth, ApiKey) and (needed is None or request.auth.may(needed))


class KeyThrottle(SimpleRateThrottle):
    """So many requests a minute a key; 429 with Retry-After beyond that. The bucket's name includes the tenant."""

    scope = "key"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if not isinstance(request.auth, ApiKey):
            return None
        return f"throttle:{request.auth.tenant_id}:{request.auth.pk}"

"""Who may open a page: a permission in, a decorator out that opens the tenant's scope around the view, or refuses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.urls.converters import StringConverter

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import Membership, Tenant
from accounts.permissions import Permission, roles_with
from accounts.tenancy import public_ids

View = Callable[..., HttpResponse]
ENTERED = "entered"  # in the session: ids of the organisations that were entered with it


class NotAllowed(PermissionDenied):
    """A member without the permission; becomes a 403 page that names the roles that may."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission

    @property
    def roles_that_may(self) -> list[str]:
        return [str(role.label) for role in roles_with(self.permission)]


class PublicId(str):
    """An id as it stands in an address; `may` turns it into the row's id once the tenant is known."""


class PublicIdConverter(StringConverter):
    regex = public_ids.PATTERN

    def to_python(self, value: str) -> PublicId:
        return PublicId(value)


def may(permission: Permission) -> Callable[[View], View]:
    """The view runs in the scope of the tenant that its address names, for members with `permission`.

    Not signed in: to the sign-in page. Not a member, or no such tenant: 404, the same for both. A member without the
    permission: 403. No second factor where the tenant asks for one: to the page that sets it up. The membership is read
    from the database each time, so a change of roles holds from the next click on (ASVS 8.3.2).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, tenant_slug: str, **ids: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            tenant = Tenant.objects.filter(slug=tenant_slug).first()
            if tenant is None:
                raise Http404
            with tenancy.scope(tenant):
                return _enter(request, tenant, permission) or view(request, **row_ids(tenant, ids))

        guarded.permission = permission
        return guarded

    return decorate


def _enter(request: HttpRequest, tenant: Tenant, permission: Permission) -> HttpResponse | None:
    membership = Membership.objects.filter(user_id=request.user.pk).first()
    if membership is None:
        raise Http404
    membership.user = request.user
    request.tenant, request.membership = tenant, membership
    if tenant.requires_second_factor and (elsewhere := _second_factor(request)):
        return elsewhere
    if not membership.may(permission):
        raise NotAllowed(permission)
    _note_entry(request, tenant)
    return None


def _note_entry(request: HttpRequest, tenant: Tenant) -> None:
    """One entry a session, in the log of the organisation that is entered: others need not know when somebody works elsewhere.

    The session remembers it once the entry is committed: a first click that ends in a 404 takes the entry back with it.
    """
    entered = request.session.get(ENTERED, [])
    if tenant.pk not in entered:
        audit.record(Actor.of(request), Action.SIGNED_IN)
        transaction.on_commit(lambda: request.session.update({ENTERED: [*entered, tenant.pk]}))


def _second_factor(request: HttpRequest) -> HttpResponse | None:
    """Where to set up a second factor, or to show it: one that this session has not used opens nothing."""
    kinds = set(request.user.authenticator_set.exclude(type="recovery_codes").values_list("type", flat=True))
    if not kinds:
        return HttpResponseRedirect(reverse("second_factor_needed"))
    if any(record["method"] == "mfa" for record in get_authentication_records(request, request.user)):
        return None
    page = "mfa_reauthenticate" if "totp" in kinds else "mfa_reauthenticate_webauthn"
    return redirect_to_login(request.get_full_path(), reverse(page))


def row_ids(tenant: Tenant, ids: dict[str, Any]) -> dict[str, Any]:
    """Raises Http404 for an id that is not of this tenant's making."""
    try:
        return {name: public_ids.decode(tenant, value) if isinstance(value, PublicId) else value for name, value in ids.items()}
    except public_ids.NotAnId:
        raise Http404 from None

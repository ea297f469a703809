"""A request in, the language of a page of the tenant out: one that the tenant speaks. Leaves a cookie when somebody chooses."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.models import Tenant
from customers.models import Customer

COOKIE = "portret_portal_language"
ASKED = "language"  # in the address
A_YEAR = 365 * 24 * 3600


def spoken_by(tenant: Tenant) -> list[str]:
    """In the tenant's order; those we have words for."""
    return [code for code in tenant.languages if code in dict(settings.LANGUAGES)] or [settings.LANGUAGE_CODE]


def of(request: HttpRequest, tenant: Tenant, customer: Customer | None) -> str:
    """What was asked for now, or before, or is known of the customer, or what the browser asks for; else the tenant's first."""
    spoken = spoken_by(tenant)
    wanted = (request.GET.get(ASKED, ""), request.COOKIES.get(COOKIE, ""), _known(customer), _of_browser(request))
    return next((found for each in wanted if (found := _among(spoken, each))), spoken[0])


def of_customer(tenant: Tenant, customer: Customer) -> str:
    """For mail: what is known of them, else the tenant's first."""
    spoken = spoken_by(tenant)
    return _among(spoken, _known(customer)) or spoken[0]


def remember(request: HttpRequest, answer: HttpResponse, tenant: Tenant) -> None:
    """Only what somebody asked for with a click; it says nothing of who they are."""
    chosen = request.GET.get(ASKED, "")
    if chosen in spoken_by(tenant):
        answer.set_cookie(
            COOKIE, chosen, max_age=A_YEAR, path=f"/p/{tenant.slug}/", secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def _of_browser(request: HttpRequest) -> str:
    return translation.get_language_from_request(request) if request.headers.get("Accept-Language") else ""


def _known(customer: Customer | None) -> str:
    return str(customer.attributes.get("language", "")) if customer else ""


def _among(spoken: list[str], wanted: str) -> str:
    """ "en" and "en-US" find "en-gb"."""
    stem = wanted.lower().partition("-")[0]
    exact = [code for code in spoken if code == wanted.lower()]
    return next(iter(exact or [code for code in spoken if code.partition("-")[0] == stem and stem]), "")

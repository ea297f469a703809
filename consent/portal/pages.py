"""Who may open a page for customers: a view in, the same behind the wall of its tenant out, in their language, kept by nobody.

Three doors: `portal_page` for everybody, `link_page` for who has a link of a message (act), `view_page` for who proved the mailbox (view).
A colleague's session is asked nothing: customers have none.
"""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.csp import CSP, build_policy
from django.views.decorators.csrf import csrf_exempt

from accounts import tenancy
from accounts.access import row_ids
from accounts.models import Brand, LegalIdentity, Tenant
from consent.portal import languages, sessions, tokens
from customers.models import Customer

View = Callable[..., HttpResponse]
Known = Callable[[HttpRequest, dict[str, Any]], HttpResponse | None]
PRIVATE = {  # privacy.md PP9
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Language(NamedTuple):
    code: str
    name: str  # in itself: Nederlands
    is_current: bool


class Frame:
    """What stands around every page: whose it is, how it looks, and in which languages it can be read."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    @cached_property
    def brand(self) -> Brand | None:
        return Brand.objects.first()

    @cached_property
    def identity(self) -> LegalIdentity | None:
        return LegalIdentity.objects.first()

    @property
    def languages(self) -> list[Language]:
        now = translation.get_language()
        return [Language(code, _own_name(code), code == now) for code in languages.spoken_by(self.tenant)]


def portal_page(view: View) -> View:
    """For everybody: `request.tenant`, `request.frame`; `request.customer` is None."""
    return _behind(_nobody)(view)


def link_page(view: View) -> View:
    """For who has a link: `token` of the address gives `request.act` and `request.customer`. Anything else: one and the same 404."""
    return _behind(_by_link)(view)


def view_page(view: View) -> View:
    """For who proved the mailbox: `request.customer` and `request.code`. Others go to the page where a link is asked for."""
    return _behind(_by_cookie)(view)


def _behind(known: Known) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        # The referrer policy of these pages makes browsers send "Origin: null", which Django's check refuses. What a page does is
        # allowed by the secret in its address, or by the cookie and a word of the form that only our page could know (`_by_cookie`).
        @csrf_exempt
        @wraps(view)
        def opened(request: HttpRequest, tenant_slug: str, **ids: Any) -> HttpResponse:
            tenant = Tenant.objects.filter(slug=tenant_slug).first()
            if tenant is None:
                raise Http404
            with tenancy.scope(tenant), timezone.override(tenant.zone):
                return _answer(request, tenant, known, (view, ids))

        opened.portal_door = known.__name__
        return opened

    return decorate


def _answer(request: HttpRequest, tenant: Tenant, known: Known, what: tuple[View, dict[str, Any]]) -> HttpResponse:
    view, ids = what
    request.tenant, request.customer, request.frame, request.token = tenant, None, Frame(tenant), ids.pop("token", "")
    try:
        answer = known(request, ids)
        refused = False
    except tokens.NoToken:
        answer, refused = None, True
    with translation.override(languages.of(request, tenant, request.customer)):
        request.LANGUAGE_CODE = translation.get_language()
        answer = _no_link(request) if refused else answer or view(request, **row_ids(tenant, ids))
        answer.headers["Content-Language"] = request.LANGUAGE_CODE
    languages.remember(request, answer, tenant)
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    """The same for what comes past the middleware that sets these for other pages (config/straight.py). A view may set its own."""
    policy = build_policy(settings.SECURE_CSP)  # frame-ancestors 'none', and nothing from third parties
    for name, value in {**PRIVATE, CSP.HEADER_ENFORCE.value: policy}.items():
        answer.headers.setdefault(name, value)
    return answer


def _nobody(request: HttpRequest, ids: dict[str, Any]) -> None:
    pass


def _by_link(request: HttpRequest, ids: dict[str, Any]) -> None:
    """A bad link costs the same question to the database as a good one. Raises NoToken."""
    try:
        request.act = tokens.read(request.token)
    except tokens.NoToken:
        _customer(0)
        raise
    request.customer = _customer(request.act.customer_id)
    if request.customer is None:
        raise tokens.NoToken


def _by_cookie(request: HttpRequest, ids: dict[str, Any]) -> HttpResponse | None:
    code = sessions.of(request)
    request.customer = _customer(code.customer_id) if code else None
    if request.customer is None:
        return redirect("portal:ask", request.tenant.slug)
    request.code, request.form_key = code, sessions.form_key(request)
    if request.method == "POST" and not sessions.is_ours(request):
        return redirect("portal:me_home", request.tenant.slug)
    return None


def _customer(row_id: int) -> Customer | None:
    """The row that stands for this one now; after a merge that is another."""
    row = Customer.objects.filter(pk=row_id).first()
    return Customer.objects.filter(pk=row.root_id).first() if row and row.root_id else row


def has_proved(request: HttpRequest) -> bool:
    """Has this device shown the mailbox to be this customer's, within the half hour?"""
    code = sessions.of(request)
    return code is not None and (found := _customer(code.customer_id)) is not None and found.pk == request.customer.pk


def address(request: HttpRequest, name: str) -> str:
    """Of the page of choices, and what it posts to, for the grade that opened this page: home, choose, stop, pause."""
    if request.token:
        return reverse(f"portal:{name}", args=[request.tenant.slug, request.token])
    return reverse(f"portal:me_{name}", args=[request.tenant.slug])


def _no_link(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/no_link.html", status=404)


def _own_name(code: str) -> str:
    return "English" if code.startswith("en") else translation.get_language_info(code)["name_local"].capitalize()

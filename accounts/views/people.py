"""Pages of a person: which organisation, a new one, appearance, second factor."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import organisation
from accounts.audit import Actor
from accounts.forms.appearance import AppearanceForm
from accounts.forms.organisation import TenantCreateForm
from accounts.models import Tenant, User


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Straight to the organisation when there is one; a choice, or a first one, otherwise."""
    tenants = list(request.user.tenants.all()[:2])
    if len(tenants) == 1:
        return redirect(tenants[0])
    return redirect("tenant_list" if tenants else "tenant_create")


@login_required
def tenant_list(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/tenant_list.html", {"tenants": request.user.tenants.all()})


@login_required
def tenant_create(request: HttpRequest) -> HttpResponse:
    form = TenantCreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (tenant := _found(request, form)):
        return redirect(tenant)
    return render(request, "accounts/tenant_create.html", {"form": form}, status=422 if form.errors else 200)


def _found(request: HttpRequest, form: TenantCreateForm) -> Tenant | None:
    try:
        return organisation.found(form.instance, by=request.user, actor=Actor.of(request))
    except IntegrityError:  # somebody took the address between the check and the insert
        form.add_error("slug", _("Another organisation has this address already. Choose another."))
    except organisation.TooManyFounded:
        form.add_error(None, _("You made ten organisations today. Make the next one tomorrow."))
    return None


@require_POST
def appearance_change(request: HttpRequest) -> HttpResponse:
    """Language and theme: kept with the user, and the language in a cookie for the sign-in page."""
    form = AppearanceForm(request.POST)
    chosen = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    if request.user.is_authenticated and chosen:
        User.objects.filter(pk=request.user.pk).update(**chosen)
    response = redirect(_next(request))
    if "language" in chosen:
        _remember(response, chosen["language"])
    return response


def _remember(response: HttpResponse, language: str) -> None:
    year = 365 * 86400
    secure = settings.LANGUAGE_COOKIE_SECURE
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=year, secure=secure, httponly=True, samesite="Lax")


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()) else "/"


@login_required
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/second_factor_needed.html")


@login_required
@never_cache
def totp_qr(request: HttpRequest) -> HttpResponse:
    """The picture of the secret that is being set up, as an image of our own: the policy of our pages allows no data: images."""
    secret = request.session.get(totp.SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    picture = get_adapter().build_totp_svg(get_adapter().build_totp_url(request.user, secret))
    return HttpResponse(picture, content_type="image/svg+xml")

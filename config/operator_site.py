"""Django's admin at `/admin/`: sign-in goes through the product's own page, with its limits and second factor."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

OF_COLLEAGUES = ("account", "mfa", "usersessions")


class OperatorSite(admin.AdminSite):
    """For operators of the installation. Tables behind the tenant wall are not registered here: no scope, no rows."""

    site_header = site_title = _("Portret, operators")
    index_title = _("This installation")

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """What colleagues sign in with is theirs: second factors, addresses and sessions are not listed here."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        super().register([model for model in models if model._meta.app_label not in OF_COLLEAGUES], *args, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """In production an operator signs in with a second factor: this door leads to every user."""
        is_operator = super().has_permission(request)
        return is_operator and (not settings.ENVIRONMENT.is_production or request.user.has_second_factor())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            return redirect("second_factor_needed" if request.user.is_staff else "home")
        return redirect_to_login(request.get_full_path() if "next" not in request.GET else request.GET["next"])

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

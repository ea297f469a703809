"""django-allauth's hooks: sign-ins in, audit entries out in each of the user's tenants; where to go after signing in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import audit, origin, tenancy
from accounts.audit import Action, Actor
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        return origin.client_ip(request) or "unknown"

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        response = super().post_login(request, user, **options)
        _record(request, user, Action.SIGNED_IN)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        if user is not None:
            _record(request, user, Action.SIGN_IN_FAILED)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            _record(request, request.user, Action.SIGNED_OUT)
        super().logout(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **options: Any) -> None:
        """Being signed in shows by itself; the note would say what everybody sees."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *args, **options)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)


def _record(request: HttpRequest, user: User, action: Action) -> None:
    actor = Actor.of(request)
    who = Actor.user(user, ip=actor.ip, user_agent=actor.user_agent, request_id=actor.request_id)
    for tenant in user.tenants.all():
        with tenancy.scope(tenant):
            audit.record(who, action)

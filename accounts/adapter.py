"""django-allauth's hooks: what happens at the door in, audit entries out in the user's tenants; where to go after signing in."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, invitations, origin, refusals, tenancy, vault
from accounts.access import ENTERED
from accounts.audit import Action, Actor
from accounts.models import Tenant, User

# How somebody may show once more who he is.
WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use the app, or a recovery code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey or security key"),
}


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, **refusals.MFA}

    def encrypt(self, text: str) -> str:
        """The secret of an app opens accounts: a copy of the database must not hold it."""
        return vault.seal(text, use="second factor")

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text, use="second factor")

    def generate_authenticator_name(self, user: User, kind: Authenticator.Type) -> str:
        """What the second one is called before its owner gives it a name: "Passkey 2"."""
        count = user.authenticator_set.filter(type=kind).count()
        return f"{_('Passkey')} {count + 1}" if count else _("Passkey")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **refusals.ACCOUNT}

    def get_client_ip(self, request: HttpRequest) -> str:
        return origin.client_ip(request) or "unknown"

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        if user is not None:
            _record(request, user, user.tenants.all(), Action.SIGN_IN_FAILED)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            entered = request.user.tenants.filter(pk__in=request.session.get(ENTERED, []))
            _record(request, request.user, entered, Action.SIGNED_OUT)
        super().logout(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to our own address, whatever Host the request named: some of them open an account."""
        links = {name: _at_home(value) for name, value in context.items() if name.endswith("_url") and isinstance(value, str)}
        super().send_mail(template_prefix, email, {**context, **links})

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **options: Any) -> None:
        """Passwords, addresses and second factors that change: told to the user by mail, and to his organisations by their log."""
        _record(self.request, user, user.tenants.all(), Action.SECURITY_CHANGED, after={"what": template_prefix.rpartition("/")[2]})
        super().send_notification_mail(template_prefix, user, *args, **options)

    def unstash_verified_email(self, request: HttpRequest) -> None:
        """Nothing is verified ahead: a link that somebody was talked into opening must not give his account an address."""

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Only the invited address itself, and only while the invitation that this browser opened still stands."""
        slug, token = request.session.get(invitations.OFFERED, ("", ""))
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            return False
        with tenancy.scope(tenant):
            invitation = invitations.find(token)
            return not invitations.why_not(invitation, None) and invitation.email == email.lower()

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        ways = super().get_reauthentication_methods(user)
        return [{**way, "description": WAYS.get(way["id"], way["description"])} for way in ways]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **options: Any) -> None:
        """Being signed in shows by itself; the note would say what everybody sees."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, *args, **options)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)


def _at_home(url: str) -> str:
    return settings.BASE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


def _record(request: HttpRequest, user: User, tenants: Iterable[Tenant], action: Action, **values: Any) -> None:
    actor = Actor.of(request)
    who = Actor.user(user, ip=actor.ip, user_agent=actor.user_agent, request_id=actor.request_id)
    for tenant in tenants:
        with tenancy.scope(tenant):
            audit.record(who, action, **values)

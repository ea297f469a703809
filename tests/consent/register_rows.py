"""Rows for tests of the register: who the organisation is by law, a whole draft, a colleague who manages consent."""

from datetime import date, timedelta

from django.utils import timezone

from accounts import secrets
from accounts.audit import SYSTEM
from accounts.models import ApiKey, LegalIdentity, SenderIdentity, User
from accounts.permissions import Permission
from accounts.team import join
from consent.models import Purpose, PurposeVersion
from consent.register import publishing
from tests.conftest import make_user
from tests.consent.rows import TEXTS, WHOLE

LOOK_AGAIN = date(2090, 1, 1)
IDENTITY = {
    "legal_name": "Acme B.V.",
    "street": "Oude Gracht 101",
    "postal_code": "3511 AB",
    "city": "Utrecht",
    "country": "Nederland",
    "registration_number": "12345678",
    "privacy_email": "privacy@acme.example",
}


def identity() -> LegalIdentity:
    return LegalIdentity.objects.create(**IDENTITY)


def draft(key: str = "newsletter", *, kind: str = Purpose.Kind.MARKETING, by: User | None = None, **more) -> PurposeVersion:
    """Complete, and not published."""
    purpose = Purpose.objects.create(key=key, kind=kind)
    values = {**WHOLE, "texts": TEXTS, "channels": ["email"], "review_on": LOOK_AGAIN, **more}
    return PurposeVersion.objects.create(purpose=purpose, number=1, created_by=by, **values)


def publish(version: PurposeVersion, by: User, *, is_material: bool = False) -> PurposeVersion:
    return publishing.publish(version.purpose, publishing.seal_of(version), is_material=is_material, by=by, actor=SYSTEM)


def next_draft(purpose: Purpose, *, by: User | None = None, **more) -> PurposeVersion:
    """What is in force, with these changes."""
    purpose.refresh_from_db()
    values = {**{name: getattr(purpose.version, name) for name in ("texts", "channels", "review_on", *WHOLE)}, **more}
    return PurposeVersion.objects.create(purpose=purpose, number=purpose.version.number + 1, created_by=by, **values)


def officer(name: str = "Olga Prins", email: str = "olga@acme.example") -> User:
    """A second colleague who manages consent."""
    user = make_user(name, email)
    join(user, roles=["privacy_officer"], actor=SYSTEM)
    return user


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def key(by: User, name: str, *purposes: str, scopes: tuple[str, ...] = (Permission.CUSTOMERS_VIEW,)) -> ApiKey:
    return ApiKey.objects.create(
        name=name,
        prefix=name[:12],
        secret_hash=secrets.hash_of(name),
        scopes=list(scopes),
        purposes=list(purposes),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=30),
    )


def sender(by: User, email: str = "news@acme.example", *, is_confirmed: bool = True) -> SenderIdentity:
    now = timezone.now()
    confirmed = now if is_confirmed else None
    return SenderIdentity.objects.create(
        name="Acme", email=email, token_hash=secrets.hash_of(email), token_expires_at=now, added_by=by, confirmed_at=confirmed
    )

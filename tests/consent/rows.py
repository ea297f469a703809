"""Rows for tests of consent: a published purpose, a customer with an address, a choice that was made."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from consent import recording
from consent.models import Channel, Purpose, PurposeVersion, State
from consent.recording import Choice, Proof
from customers.models import Customer, Identifier, Source

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TEXTS = {
    "en-gb": {"title": "Newsletter", "text": "News about records.", "label": "Yes, mail me", "withdrawal": "Stop with one click."},
    "nl": {"title": "Nieuwsbrief", "text": "Nieuws over platen.", "label": "Ja, mail mij", "withdrawal": "Stop met één klik."},
}
WHOLE: dict[str, Any] = {
    "dpv_term": "DirectMarketing",
    "eprivacy_basis": PurposeVersion.EPrivacy.CONSENT,
    "gdpr_basis": PurposeVersion.Gdpr.CONSENT,
    "data_categories": ["EmailAddress", "Name"],
    "sources": [{"name": "Newsletter form"}],
    "kept_days": 730,
    "valid_days": 730,
    "security": "Encrypted, and seen by few.",
    "owner": "Ana Bakker",
    "needs_confirmation": False,
}


def purpose(key: str = "newsletter", *, kind: str = Purpose.Kind.MARKETING, channels: tuple[str, ...] = ("email",), **more) -> Purpose:
    """In force, in a first version."""
    made = Purpose.objects.create(key=key, kind=kind)
    next_version(made, channels=list(channels), **more)
    return made


def next_version(of: Purpose, **more) -> PurposeVersion:
    number = of.versions.count() + 1
    values = {**WHOLE, "texts": TEXTS, "channels": ["email"], **more}
    of.version = PurposeVersion.objects.create(purpose=of, number=number, published_at=timezone.now(), sha256="0" * 64, **values)
    of.save()
    recording.projection.lay_out(of)
    return of.version


def source() -> Source:
    return Source.objects.filter(slug="shop").first() or Source.objects.create(name="Shop", slug="shop")


def customer(email: str = "ada@example.com", *, name: str = "Ada", phone: str = "", **attributes) -> Customer:
    values = {"email": email, "first_name": name, **({"phone": phone} if phone else {}), **attributes}
    made = Customer.objects.create(email=email, name=name, attributes=values, created_at=LONG_AGO, changed_at=LONG_AGO, is_identified=True)
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            Identifier.objects.create(customer=made, kind=kind, value=value, source=source(), seen_at=LONG_AGO)
    return made


def proof(**more) -> Proof:
    return Proof(**{"method": "form", "indicated_by": "customer", "form_version": "1", "control": "checkbox", **more})


def allow(who: Customer, what: Purpose, channel: str = Channel.EMAIL, *, state: str = State.GIVEN, **more) -> None:
    recording.record([Choice(who.pk, what, channel, State(state))], proof(**more))

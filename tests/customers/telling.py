"""Short ways to say what sources said, for tests: `said(source, number="1", email="a@b.example", city="Utrecht")`."""

import uuid
from datetime import UTC, datetime, timedelta

from customers import catalogue, identity, intake
from customers.models import Source

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def source(name="Shop", **fields) -> Source:
    catalogue.attributes()
    slug = name.lower().replace(" ", "-")
    return Source.objects.filter(slug=slug).first() or Source.objects.create(name=name, slug=slug, **fields)


def item(source, *, number=None, email=None, phone=None, device=None, day=0, event=None, message_id=None, same_as=(), **values):
    """One item: `day` days after NOON. `event`: the name of what happened, or (name, properties)."""
    claims = [
        number and identity.external(number, source),
        email and identity.email(email),
        phone and identity.phone(phone, "NL"),
        device and identity.anonymous(device),
    ]
    at = NOON + timedelta(days=day)
    if email:
        values.setdefault("email", identity.email(email).value)
    happening = None
    if event:
        name, properties = event if isinstance(event, tuple) else (event, {})
        happening = intake.Happening(
            name, message_id or uuid.uuid4(), at, properties, properties.get("cents"), "EUR" * ("cents" in properties)
        )
    return intake.Item(tuple(filter(None, claims)), at, values, {}, happening, same_as)


def said(source, **what) -> intake.Taken:
    return took(source, item(source, **what))[0]


def took(source, *items) -> list[intake.Taken]:
    return intake.take(items, source, received_at=NOON)

"""Rows for tests of segments: a small catalogue, customers and what they did."""

import uuid
from datetime import UTC, datetime

from django.utils import timezone

from customers import catalogue
from customers.models import Attribute, Customer, Event, EventType, Segment, SegmentMember, Source

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def lay_out() -> None:
    """Beside the standard catalogue an attribute of every type, one of a special category, and a second event."""
    catalogue.lay_out()
    kinds = Attribute.Type
    for key, kind, more in [
        ("age", kinds.WHOLE, {}),
        ("weight", kinds.DECIMAL, {}),
        ("member", kinds.YES_NO, {}),
        ("born_on", kinds.DATE, {}),
        ("seen_at", kinds.TIME, {}),
        ("budget", kinds.MONEY, {"currency": "EUR"}),
        ("plan", kinds.CHOICE, {"options": ["basic", "gold"]}),
        ("genres", kinds.CHOICES, {"options": ["jazz", "rock", "soul"]}),
        ("health", kinds.TEXT, {"category": Attribute.Category.SPECIAL}),
    ]:
        Attribute.objects.create(key=key, label=key.replace("_", " ").capitalize(), type=kind, **more)


def source() -> Source:
    return Source.objects.filter(slug="shop").first() or Source.objects.create(name="Shop", slug="shop")


def customer(name: str = "", **attributes) -> Customer:
    return Customer.objects.create(name=name, attributes=attributes, created_at=LONG_AGO, changed_at=LONG_AGO, is_identified=True)


def customers(*attributes: dict) -> list[Customer]:
    return Customer.objects.bulk_create(Customer(attributes=each, created_at=LONG_AGO, changed_at=LONG_AGO) for each in attributes)


def did(who: Customer, name: str, at: datetime, amount: int | None = None, currency: str = "EUR", **properties) -> Event:
    return Event.objects.create(**event(who, kind(name), at, amount, currency if amount is not None else "", properties))


def kind(name: str) -> EventType:
    return EventType.objects.filter(name=name).first() or EventType.objects.create(name=name)


def event(who: Customer, kind: EventType, at: datetime, amount: int | None, currency: str, properties: dict) -> dict:
    return {
        "customer_id": who.pk,
        "origin_id": who.pk,
        "type_id": kind.pk,
        "source_id": source().pk,
        "occurred_at": at,
        "received_at": at,
        "message_id": uuid.uuid4(),
        "amount": amount,
        "currency": currency,
        "properties": properties,
    }


def segment(name: str, *members: Customer, kind: str = Segment.Kind.LIST) -> Segment:
    found = Segment.objects.create(name=name, kind=kind, refreshed_at=timezone.now(), size=len(members))
    SegmentMember.objects.bulk_create(SegmentMember(segment=found, customer=each, since=LONG_AGO) for each in members)
    return found

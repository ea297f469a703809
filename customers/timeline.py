"""A customer in, what happened out: newest first, a page at a time by keyset. Leaves no row."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from accounts import tenancy
from accounts.tenancy import public_ids
from customers.models import Event, EventType

SIZE = 20
ICONS = {
    "Order": "bag-check",
    "Product": "box-seam",
    "Cart": "cart",
    "Checkout": "cart",
    "Page": "laptop",
    "Screen": "phone",
    "Ticket": "chat-dots",
    "Email": "envelope",
    "Newsletter": "envelope",
}
SHOWN = ("name", "title", "url", "path", "subject", "query", "order_id", "category")


class Entry(NamedTuple):
    event: Event
    icon: str
    products: list[str]
    details: list[tuple[str, Any]]


class Timeline(NamedTuple):
    entries: list[Entry]
    next: str  # where older ones begin; "" = there are none


def timeline(customer_id: int, *, before: str = "", type_id: int | None = None) -> Timeline:
    """`before`: a `Timeline.next`; one that makes no sense shows the newest."""
    events = Event.objects.of_customer(customer_id).select_related("type", "source").order_by("-occurred_at", "-pk")
    if type_id:
        events = events.filter(type_id=type_id)
    if place := _place(before):
        at, row = place
        events = events.filter(Q(occurred_at=at, pk__lt=row) | Q(occurred_at__lt=at), occurred_at__lte=at)
    found = list(events[: SIZE + 1])
    shown = found[:SIZE]
    return Timeline([_entry(event) for event in shown], _mark(shown[-1]) if len(found) > SIZE else "")


def types_of(customer_id: int) -> list[EventType]:
    """The events that this customer has, for the filter."""
    seen = Event.objects.of_customer(customer_id).order_by().values("type_id").distinct()
    return list(EventType.objects.filter(pk__in=seen))


def _mark(event: Event) -> str:
    return f"{event.occurred_at.timestamp():.6f}_{event.public_id}"


def _place(mark: str) -> tuple[datetime, int] | None:
    at, _, row = mark.partition("_")
    try:
        return datetime.fromtimestamp(float(at), tenancy.current().zone), public_ids.decode(tenancy.current(), row)
    except (ValueError, OverflowError, OSError, public_ids.NotAnId):
        return None


def _entry(event: Event) -> Entry:
    properties = event.properties if isinstance(event.properties, dict) else {}
    products = properties.get("products")
    named = (
        [str(one.get("name") or one.get("product_id") or "") for one in products if isinstance(one, dict)]
        if isinstance(products, list)
        else []
    )
    details = [(key, properties[key]) for key in SHOWN if isinstance(properties.get(key), str | int | float) and properties[key] != ""]
    return Entry(event, ICONS.get(event.type.name.split(" ")[0], "dot"), [name for name in named if name][:5], details[:3])

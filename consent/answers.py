"""Decisions of the gate in; lines that say who, why and by which consent, and counts of refusals, out. Leaves no row."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from accounts import tenancy
from accounts.tenancy import public_ids
from consent.models import Channel, Decision, LedgerEvent, Reason
from customers.models import Customer
from customers.segments import counting

COUNTED = timedelta(days=30)
TILES = 4


class Line(NamedTuple):
    """`customer`: nobody once they are erased. `event_id`: public id of the event of the log; "" where no choice stood behind it."""

    decision: Decision
    customer: Customer | None
    number: str
    why: str
    is_allowed: bool
    channel: str
    event_id: str


class Refusals(NamedTuple):
    """Of `COUNTED`, the most frequent reason first. `is_complete`: False when there were too many to count while a page waits."""

    by_reason: list[tuple[Reason, int]]
    allowed: int
    is_complete: bool = True

    @property
    def first(self) -> list[tuple[Reason, int]]:
        return self.by_reason[:TILES]

    @property
    def others(self) -> list[tuple[Reason, int]]:
        return self.by_reason[TILES:]


def lines(decisions: Sequence[Decision]) -> list[Line]:
    """In two queries, however many there are."""
    customers = Customer.objects.in_bulk({each.customer_id for each in decisions})
    events = _events({each.event_id for each in decisions if each.event_id})
    for each in decisions:
        if each.purpose.version:
            each.purpose.version.purpose = each.purpose  # or its title asks the database for it
    return [_line(each, customers.get(each.customer_id), events) for each in decisions]


def _line(decision: Decision, customer: Customer | None, events: dict[UUID, str]) -> Line:
    return Line(
        decision,
        customer,
        public_ids.encode(tenancy.current(), decision.customer_id),
        decision.get_reason_display(),
        decision.reason == Reason.ALLOWED,
        Channel(decision.channel).label,
        events.get(decision.event_id, ""),
    )


def _events(event_ids: set[UUID]) -> dict[UUID, str]:
    return {event.event_id: event.public_id for event in LedgerEvent.objects.filter(event_id__in=event_ids).only("tenant", "event_id")}


def refusals() -> Refusals:
    """One query, stopped after some seconds."""
    since = timezone.now() - COUNTED
    try:
        with counting.within(counting.FOR_A_PAGE, counting.FOR_FEW):
            found = Decision.objects.filter(at__gte=since).order_by().values_list("reason").annotate(count=Count("pk"))
            counted = {Reason(reason): count for reason, count in found}
    except counting.TookTooLong:
        return Refusals([], 0, is_complete=False)
    allowed = counted.pop(Reason.ALLOWED, 0)
    return Refusals(sorted(counted.items(), key=lambda one: (-one[1], one[0])), allowed)

"""A customer in, what is known of it out: each value with the source that won, since when, and what the others said. Leaves no row."""

from collections import defaultdict
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q

from customers import catalogue
from customers.models import Attribute, Customer, Identifier, Merge, SegmentMember, SourceRecord

SHOWN = 100  # of each kind on one page
LOST = 20  # values that lost, of each attribute


class Saying(NamedTuple):
    value: Any
    source: str
    at: datetime


class Known(NamedTuple):
    """`more`: how many more there are than are shown."""

    shown: list[Identifier]
    more: int


class Fact(NamedTuple):
    """`attribute`: None for a key that is in no catalogue. `lost`: newest first; what the winning source said before is among it.

    `older`: how many more lost than are shown.
    """

    key: str
    attribute: Attribute | None
    won: Saying
    lost: list[Saying]
    older: int = 0


def rows_of(customer: Customer) -> list[int]:
    """The ids of this customer's row and of all that were merged into it."""
    return [customer.pk, *Customer.objects.filter(root_id=customer.pk, merged_into__isnull=False).values_list("pk", flat=True)]


def identifiers(rows: list[int]) -> Known:
    known = Identifier.objects.filter(customer_id__in=rows)
    shown = list(known.select_related("source").order_by("kind", "seen_at")[:SHOWN])
    return Known(shown, known.count() - SHOWN if len(shown) == SHOWN else 0)


def facts(rows: list[int]) -> list[Fact]:
    """In the order of the catalogue; keys in no catalogue last."""
    now: dict[str, list[tuple[int, Saying]]] = defaultdict(list)
    before: dict[str, list[Saying]] = defaultdict(list)
    records = list(SourceRecord.objects.filter(customer_id__in=rows).select_related("source").order_by("-id"))
    for record in records:
        for key, value in record.values.items():
            if value is not None:
                now[key].append((record.source.priority, Saying(value, str(record.source), _at(record, key))))
        for key, earlier in record.earlier.items():
            before[key] += [Saying(value, str(record.source), datetime.fromisoformat(at)) for value, at in earlier]
    known = catalogue.attributes()
    declared = [_fact(key, attribute, now[key], before[key]) for key, attribute in known.items() if key in now]
    return declared + _undeclared(records)


def memberships(rows: list[int]) -> list[SegmentMember]:
    """Each segment once, by name: membership of an uploaded list stays with the row that the list told of."""
    found = SegmentMember.objects.filter(customer_id__in=rows).select_related("segment").order_by("segment__name", "segment_id", "since")
    return list({one.segment_id: one for one in reversed(found[:SHOWN])}.values())[::-1]


def _at(record: SourceRecord, key: str) -> datetime:
    return datetime.fromisoformat(record.times[key]) if key in record.times else record.said_at


def _fact(key: str, attribute: Attribute, now: list[tuple[int, Saying]], before: list[Saying]) -> Fact:
    """The order in which `portrait.FOLD` lets a value win: trust, then time."""
    ranked = [saying for _, saying in sorted(now, key=lambda one: (one[0], -one[1].at.timestamp()))]
    return _shown(key, attribute, ranked[0], sorted(ranked[1:] + before, key=lambda saying: saying.at, reverse=True))


def _undeclared(records: list[SourceRecord]) -> list[Fact]:
    """A key once, the newest first: with no attribute there is no order of trust."""
    said: dict[str, list[Saying]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one.said_at, reverse=True):
        for key, value in record.undeclared.items():
            said[key].append(Saying(value, str(record.source), record.said_at))
    return [_shown(key, None, sayings[0], sayings[1:]) for key, sayings in islice(said.items(), SHOWN)]


def _shown(key: str, attribute: Attribute | None, won: Saying, lost: list[Saying]) -> Fact:
    return Fact(key, attribute, won, lost[:LOST], max(0, len(lost) - LOST))


def links(rows: list[int]) -> "Merge.objects":
    """Every merge between these rows, undone ones too."""
    merges = Merge.objects.filter(Q(merged_id__in=rows) | Q(into_id__in=rows))
    return merges.select_related("merged", "into", "source", "by", "undone_by")

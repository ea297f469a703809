"""The one way in: what sources say and report, in; customers, identifiers, source records, events and products out, in one transaction.

The drain of the HTTP inbox and the importer both come through here. Sets in, sets out: the number of statements does not depend on the
number of items.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from customers import catalogue, erased, events, identity, portrait, products, touching, visits
from customers.identity import Claim, Found, Plan, Sighting
from customers.models import Source


@dataclass(slots=True)
class Happening:
    type: str  # the name of an event type
    message_id: UUID
    occurred_at: datetime
    properties: dict[str, Any]
    amount: int | None = None  # minor units of `currency`
    currency: str = ""


@dataclass(slots=True)
class Item:
    """What one message or one row of a file holds of one customer."""

    claims: tuple[Claim, ...]
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)  # keys of the catalogue -> canonical values
    undeclared: dict[str, Any] = field(default_factory=dict)  # keys in no catalogue
    happening: Happening | None = None
    same_as: tuple[Claim, ...] = ()


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"  # an event that was there already
    ERASED = "erased"  # about somebody who was erased: nothing of it was kept


class Taken(NamedTuple):
    outcome: Outcome
    customer_id: int  # the row that stands for the customer; 0 for an erased one
    origin_id: int = 0  # the row it was told of; 0 for an erased one


class NobodyNamed(ValueError):
    """An item without a claim. The caller says so of the item; a retry does not help."""


def take(items: Sequence[Item], source: Source, *, received_at: datetime) -> list[Taken]:
    """What became of each item, in their order. Runs in the open scope, under the tenant's lock of identities until it commits.

    What is about somebody who was erased is not taken in (GDPR Art. 17): its outcome says so. Raises NobodyNamed,
    `catalogue.TooManyTypes`, and DataError for JSON that PostgreSQL cannot hold: nothing is written then.
    """
    if any(not item.claims for item in items):
        raise NobodyNamed("An item names nobody.")
    identity.lock()  # before looking: who is erased while we wait must not come in after all
    gone = erased.among(claim for item in items for claim in (*item.claims, *item.same_as))
    kept = [item for item in items if not gone.intersection((*item.claims, *item.same_as))] if gone else items
    taken = iter(_take(kept, source, received_at) if kept else [])
    return [Taken(Outcome.ERASED, 0) if gone.intersection((*item.claims, *item.same_as)) else next(taken) for item in items]


def _take(items: Sequence[Item], source: Source, received_at: datetime) -> list[Taken]:
    plan = identity.plan(_sightings(items))
    said = _statements(items, plan.found)
    records = portrait.gather(said)
    identity.settle(plan, {row: record.row(received_at) for row, record in records.items() if row in plan.new}, source)
    heard = portrait.record({row: record for row, record in records.items() if row not in plan.new}, source, at=received_at)
    stored = _store(items, plan.found, source, received_at)
    portrait.fold(_to_fold(plan, records.keys(), heard) | _put_away(plan, records))
    touching.touch(_touched(plan, heard, items, stored))
    catalogue.count_undeclared(((key, value) for item in items for key, value in item.undeclared.items()), source, received_at)
    return _outcomes(items, plan, heard, stored)


def _sightings(items: Sequence[Item]) -> list[Sighting]:
    if visits.are_joined():
        return [Sighting(item.claims, item.at, item.same_as) for item in items]
    apart = [visits.without_devices(item.claims, item.same_as) for item in items]
    return [Sighting(claims, item.at, same_as) for item, (claims, same_as) in zip(items, apart, strict=True)]


def _statements(items: Sequence[Item], found: Sequence[Found]) -> Iterable[portrait.Statement]:
    for item, who in zip(items, found, strict=True):
        if item.values or item.undeclared:
            yield portrait.Statement(who.origin_id, item.at, item.values, item.undeclared)


def _store(items: Sequence[Item], found: Sequence[Found], source: Source, received_at: datetime) -> set[UUID]:
    happenings = [(item.happening, who) for item, who in zip(items, found, strict=True) if item.happening]
    if not happenings:
        return set()
    types = catalogue.learn({happening.type for happening, _ in happenings})
    rows = [
        events.Happened(
            *(who.root_id, who.origin_id, types[one.type], one.occurred_at, one.message_id, one.amount, one.currency, one.properties)
        )
        for one, who in happenings
    ]
    stored = events.store(rows, source, received_at=received_at)
    products.absorb((one.occurred_at, one.properties, one.currency) for one, _ in happenings if one.message_id in stored)
    return stored


def _to_fold(plan: Plan, recorded: Iterable[int], heard: portrait.Heard) -> set[int]:
    """Roots whose looks may have changed. A new row that stands on its own was written as it is to look."""
    roots, changed = {who.origin_id: who.root_id for who in plan.found}, heard.to_fold
    told = {roots[row] for row in recorded if row in changed or (row in plan.new and roots[row] != row)}
    return told | {joined.root_id for joined in plan.joined}


def _put_away(plan: Plan, records: Mapping[int, portrait.Record]) -> set[int]:
    """New rows that hold an attribute that somebody put away after the message was read: they were written with it."""
    said = {row: record.values.keys() for row, record in records.items() if row in plan.new}
    gone = set().union(*said.values()) - catalogue.attributes().keys() if said else set()
    return {row for row, keys in said.items() if keys & gone} if gone else set()


def _touched(plan: Plan, heard: portrait.Heard, items: Sequence[Item], stored: set[UUID]) -> set[int]:
    moved = {joined.merged_id for joined in plan.joined} | {joined.root_id for joined in plan.joined}
    changed = heard.to_fold | plan.new.keys()
    return moved | {
        who.root_id
        for item, who in zip(items, plan.found, strict=True)
        if who.origin_id in changed or (item.happening and item.happening.message_id in stored)
    }


def _outcomes(items: Sequence[Item], plan: Plan, heard: portrait.Heard, stored: set[UUID]) -> list[Taken]:
    fresh, said, waiting = set(plan.new), {}, set(stored)
    outcomes = []
    for item, who in zip(items, plan.found, strict=True):
        if item.happening:
            outcome = Outcome.NEW if item.happening.message_id in waiting else Outcome.DUPLICATE
            waiting.discard(item.happening.message_id)
        else:
            outcome = _of_values(item, who.origin_id, fresh, heard, said)
        outcomes.append(Taken(outcome, who.root_id, who.origin_id))
    return outcomes


def _of_values(item: Item, row: int, fresh: set[int], heard: portrait.Heard, said: dict[int, dict[str, Any]]) -> Outcome:
    """Of two rows about one customer the first is new or changed, the second only if it says something else."""
    before = said.get(row)
    said[row] = {**(before or {}), **item.values}
    if row in fresh:
        fresh.discard(row)
        return Outcome.NEW
    differs = row in heard.rows if before is None else said[row] != before
    return Outcome.CHANGED if differs else Outcome.UNCHANGED

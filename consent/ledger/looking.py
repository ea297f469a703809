"""The log of a tenant in, what a colleague sees of it out: its size, what is signed, where copies are, if it adds up. Leaves no row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.ledger import checking, reading, signing, tree
from consent.ledger.keys import KeyLost, Unreadable
from consent.ledger.reading import Opened
from consent.models import Checkpoint, CheckpointCopy, LedgerCheck, LedgerEvent, LedgerInbox, SigningKey

KEYS = 20


@dataclass(frozen=True)
class Key:
    row: SigningKey
    text: str  # as others write it down


@dataclass(frozen=True)
class Log:
    size: int
    waiting: int
    checkpoint: Checkpoint | None
    checked: LedgerCheck | None
    checking: LedgerCheck | None
    copies: list[CheckpointCopy]
    keys: list[Key]


@dataclass(frozen=True)
class Line:
    """An event in a list. `said`: nothing where nobody can read it any more, or not with the keys there are."""

    event: LedgerEvent
    said: dict[str, str]

    @property
    def at(self) -> datetime | None:
        return moment(self.said)


def log() -> Log:
    keys = SigningKey.objects.order_by("-pk")[:KEYS]
    return Log(
        size=tree.size(),
        waiting=LedgerInbox.objects.count(),
        checkpoint=Checkpoint.objects.order_by("-tree_size").first(),
        checked=checking.last(),
        checking=checking.running(),
        copies=list(CheckpointCopy.objects.order_by("pk")),
        keys=[Key(key, signing.verifier_key(key)) for key in keys],
    )


def lines(events: Sequence[LedgerEvent]) -> list[Line]:
    opened = _opened([event.event_id for event in events])
    return [Line(event, opened[event.event_id].fields if event.event_id in opened else {}) for event in events]


def evidence(event: LedgerEvent) -> dict[str, Any]:
    """Its fields in order, and the names of those that are gone."""
    found = _opened([event.event_id]).get(event.event_id)
    fields = sorted(found.fields.items()) if found else []
    gone = [name for name in (found.names if found else ()) if name not in found.fields]
    said = dict(fields)
    return {
        "fields": fields,
        "gone": gone,
        "is_locked": found is None,
        "said": said,
        "at": moment(said),
        "hash": bytes(event.leaf_hash).hex(),
    }


def moment(said: dict[str, str]) -> datetime | None:
    try:
        return datetime.fromisoformat(said.get("recorded_at", said.get("at", "")))
    except ValueError:
        return None


def _opened(event_ids: Sequence[UUID]) -> dict[UUID, Opened]:
    """Each by itself when one of them cannot be opened, so that the others are still shown."""
    try:
        return {event.event_id: event for event in reading.of_events(event_ids)}
    except (KeyLost, Unreadable):
        return {event.event_id: event for event_id in event_ids for event in _one(event_id)}


def _one(event_id: UUID) -> list[Opened]:
    try:
        return reading.of_events([event_id])
    except (KeyLost, Unreadable):
        return []

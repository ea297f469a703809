"""Events in, their ids out: each leaves a row of the log, its sealed evidence and a place in the inbox of the tree."""

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts import tenancy
from consent.ledger import hashing, keys, reading
from customers.staging import rows

PERSONAL = ("ip", "user_agent")  # what is forgotten long before the rest (CR8)
SALT = 16

# Answers nothing (migration 0003).
LOCK = "SELECT consent_lock(%(subjects)s::bigint[])"
# One row a subject: id, ref, wrapped key (nothing once it was destroyed); their chains are held until the commit.
KEYS = "SELECT * FROM consent_keys(%(subjects)s::bigint[])"
# Answers the ids that were there already with other digests.
APPEND = """
SELECT consent_append(%(subjects)s::bigint[], %(events)s::uuid[], %(digests)s::bytea[], %(sealed)s::bytea[], %(has_ip)s::boolean[])
"""


class OtherEvent(Exception):
    """The log has another event under this id. A retry does not help."""


class SubjectGone(Exception):
    """No such subject, or it was erased and its key destroyed: nothing more is logged about it. A retry does not help."""


@dataclass(frozen=True)
class Entry:
    """`fields`: what happened, each value a text. `event_id`: given by whoever may come twice with the same event."""

    subject_id: int
    fields: dict[str, str]
    event_id: UUID | None = None


def lock(subject_ids: Collection[int]) -> None:
    """Nobody else appends to these chains until the end of the transaction."""
    rows(LOCK, {"subjects": list(subject_ids)})


def append(entries: Sequence[Entry]) -> list[UUID]:
    """The ids in the order given. An event whose id is there already, with the same fields, is that event.

    Raises SubjectGone, OtherEvent, and keys.KeyLost when no SECRET_KEY opens a subject's key; nothing is written then.
    """
    if not entries:
        return []
    ids = [entry.event_id or hashing.new_event_id() for entry in entries]
    opened = _keys({entry.subject_id for entry in entries})
    sealed = [_sealed(opened[entry.subject_id], event_id, entry.fields) for event_id, entry in zip(ids, entries, strict=True)]
    known = write([(entry.subject_id, event_id, *rest) for event_id, entry, rest in zip(ids, entries, sealed, strict=True)])
    if known:
        _compare(dict(zip(ids, entries, strict=True)), known)
    return ids


def write(lines: Iterable[tuple[int, UUID, bytes, bytes | None, bool]]) -> list[UUID]:
    """Lines of subject, event, digests, sealed evidence, whether that holds an address of a network. Answers which were there already."""
    names = ("subjects", "events", "digests", "sealed", "has_ip")
    ((known,),) = rows(APPEND, dict(zip(names, map(list, zip(*lines, strict=True)), strict=True)))
    return known


def digested(fields: dict[str, str]) -> tuple[bytes, dict[str, tuple[str, str]]]:
    """Digests as the log keeps them, and each field with its salt in hex: deleting that leaves nothing to guess at."""
    salted = {name: (os.urandom(SALT), value) for name, value in fields.items()}
    packed = hashing.pack({name: hashing.field_digest(name, value, salt) for name, (salt, value) in salted.items()})
    return packed, {name: (salt.hex(), value) for name, (salt, value) in salted.items()}


def _sealed(key: AESGCM, event_id: UUID, fields: dict[str, str]) -> tuple[bytes, bytes, bool]:
    packed, salted = digested(fields)
    return packed, keys.seal(key, event_id, salted), any(name in fields for name in PERSONAL)


def _keys(subject_ids: set[int]) -> dict[int, AESGCM]:
    tenant_id = tenancy.current().pk
    found = {subject_id: (ref, wrapped) for subject_id, ref, wrapped in rows(KEYS, {"subjects": list(subject_ids)}) if wrapped}
    if missing := subject_ids - found.keys():
        raise SubjectGone(f"Nothing can be logged for {len(missing)} subjects that are erased or were never there.")
    return {subject_id: keys.unwrap(tenant_id, ref, wrapped) for subject_id, (ref, wrapped) in found.items()}


def _compare(given: dict[UUID, Entry], known: Collection[UUID]) -> None:
    for event in reading.of_events(known):
        if not _is_same(given[event.event_id], event):
            raise OtherEvent(f"The log has another event under the id {event.event_id}.")


def _is_same(entry: Entry, event: reading.Opened) -> bool:
    """What was redacted since is compared by name."""
    same_values = all(entry.fields.get(name) == value for name, value in event.fields.items())
    return same_values and set(entry.fields) == set(event.names)

"""Subjects or events in, what the log still says of them out: opened evidence, nothing where the key was destroyed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts import tenancy
from consent.ledger import hashing, keys
from customers.staging import rows

# One row an event: its id, subject, place in the chain, digests, sealed evidence, and the ref and wrapped key of the subject.
EVENTS = """
SELECT e.event_id, e.subject_id, e.seq, v.digests, v.sealed, s.ref, k.wrapped
  FROM consent_ledgerevent e
  JOIN consent_evidence v ON v.tenant_id = e.tenant_id AND v.event_id = e.event_id
  JOIN consent_subject s ON s.tenant_id = e.tenant_id AND s.id = e.subject_id
  LEFT JOIN consent_subjectkey k ON k.tenant_id = s.tenant_id AND k.subject_id = s.id
 WHERE e.tenant_id = %(tenant)s AND e.{which}
 ORDER BY e.subject_id, e.seq
"""
OF_SUBJECTS = EVENTS.format(which="subject_id = ANY (%(subjects)s)")
OF_EVENTS = EVENTS.format(which="event_id = ANY (%(events)s)")

# One row for one event: the bytes of the log itself.
PLACE = """
SELECT e.seq, e.prev_hash, e.leaf_hash, v.digests, v.sealed, s.ref, k.wrapped
  FROM consent_ledgerevent e
  JOIN consent_evidence v ON v.tenant_id = e.tenant_id AND v.event_id = e.event_id
  JOIN consent_subject s ON s.tenant_id = e.tenant_id AND s.id = e.subject_id
  LEFT JOIN consent_subjectkey k ON k.tenant_id = s.tenant_id AND k.subject_id = s.id
 WHERE e.tenant_id = %(tenant)s AND e.event_id = %(event)s
"""


@dataclass(frozen=True)
class Placed:
    """One event as the log holds it; `salted`: the fields that can be read, each with its salt in hex."""

    ref: UUID
    seq: int
    before: bytes
    leaf: bytes
    digests: dict[str, bytes]
    salted: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Opened:
    """`fields`: those that can be read still. `names`: of all that were logged."""

    event_id: UUID
    subject_id: int
    seq: int
    fields: dict[str, str]
    names: tuple[str, ...] = ()


def of_subjects(subject_ids: Collection[int]) -> list[Opened]:
    """By subject and place in its chain. `fields` is empty where nobody can read it any more. Raises keys.KeyLost and keys.Unreadable."""
    return _open(rows(OF_SUBJECTS, {"subjects": list(subject_ids)}))


def of_events(event_ids: Collection[UUID]) -> list[Opened]:
    return _open(rows(OF_EVENTS, {"events": list(event_ids)}))


def placed(event_id: UUID) -> Placed | None:
    for seq, before, leaf, digests, sealed, ref, wrapped in rows(PLACE, {"event": event_id}):
        readable = sealed and wrapped
        salted = keys.unseal(keys.unwrap(tenancy.current().pk, ref, wrapped), event_id, sealed) if readable else {}
        return Placed(ref, seq, bytes(before), bytes(leaf), hashing.unpack(bytes(digests)), salted)
    return None


def _open(lines: Iterable[tuple[Any, ...]]) -> list[Opened]:
    tenant_id, found, opened = tenancy.current().pk, [], {}
    for event_id, subject_id, seq, digests, sealed, ref, wrapped in lines:
        fields: dict[str, tuple[str, str]] = {}
        if sealed and wrapped:
            if subject_id not in opened:
                opened[subject_id] = keys.unwrap(tenant_id, ref, wrapped)
            fields = keys.unseal(opened[subject_id], event_id, sealed)
        values = {name: value for name, (_salt, value) in fields.items()}
        found.append(Opened(event_id, subject_id, seq, values, tuple(hashing.unpack(bytes(digests)))))
    return found

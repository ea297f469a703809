"""Evidence in, less of it out, and the log still proves itself: first network addresses go, later all of a subject (CR8, RT3)."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts import tenancy
from consent.ledger import appending, hashing, keys
from consent.ledger.appending import PERSONAL
from customers.staging import rows

BATCH = 1_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)  # for what says no time

# One row an event that still holds an address of a network: its id, place, sealed evidence, and the ref and wrapped key of its subject.
HOLDING = """
SELECT v.event_id, v.id, v.sealed, s.ref, k.wrapped
  FROM consent_evidence v
  JOIN consent_ledgerevent e ON e.tenant_id = v.tenant_id AND e.event_id = v.event_id
  JOIN consent_subject s ON s.tenant_id = e.tenant_id AND s.id = e.subject_id
  JOIN consent_subjectkey k ON k.tenant_id = s.tenant_id AND k.subject_id = s.id
 WHERE v.tenant_id = %(tenant)s AND v.has_ip AND v.sealed IS NOT NULL AND v.id > %(after)s
 ORDER BY v.id LIMIT %(most)s
"""
# Answers how many were sealed anew.
REDACT = "SELECT consent_redact(%(events)s::uuid[], %(sealed)s::bytea[])"
# Answers the subjects that were readable until now.
SHRED = "SELECT consent_shred(%(subjects)s::bigint[])"

# Answers how many there were.
CUT = "SELECT consent_cut(%(subjects)s::bigint[])"


def forget_ips(before: datetime) -> int:
    """Takes IP address and user agent out of what was logged before then; answers of how many events. Their digests stay (CR8)."""
    forgotten = 0
    for batch in _batches():
        readable = [line for line in map(_without, batch) if line]
        due = [line for line in readable if line[2] < before]
        if readable and not due:
            break  # in the order in which it was logged: what follows is newer
        if not due:
            continue
        ((count,),) = rows(REDACT, {"events": [line[0] for line in due], "sealed": [line[1] for line in due]})
        forgotten += count
    return forgotten


def shred(subject_ids: Collection[int]) -> int:
    """Destroys the keys and the evidence of these subjects for good, cuts the link to a customer, and logs that it was done.

    Answers how many could be read until now. The last event of each says when, and nothing of who.
    """
    ((shredded,),) = rows(SHRED, {"subjects": list(subject_ids)})
    at = timezone.now().isoformat()
    if shredded:
        appending.write([(pk, hashing.new_event_id(), appending.digested({"erased": at})[0], None, False) for pk in shredded])
    return len(shredded)


def cut(subject_ids: Collection[int]) -> None:
    """Cuts the link of these subjects to a customer. Their proof stays, sealed, until it is shredded (Art. 17(3)(e) GDPR)."""
    rows(CUT, {"subjects": list(subject_ids)})


def _batches() -> Iterator[list[tuple[Any, ...]]]:
    after = 0
    while batch := rows(HOLDING, {"after": after, "most": BATCH}):
        yield batch
        after = batch[-1][1]


def _without(line: tuple[Any, ...]) -> tuple[UUID, bytes, datetime] | None:
    """The event, its evidence sealed without them, and when it was logged. Nothing for what no SECRET_KEY opens."""
    event_id, _place, sealed, ref, wrapped = line
    try:
        key = keys.unwrap(tenancy.current().pk, ref, wrapped)
        fields = keys.unseal(key, event_id, sealed)
    except (keys.KeyLost, keys.Unreadable):
        return None
    left = {name: value for name, value in fields.items() if name not in PERSONAL}
    at = datetime.fromisoformat(fields["recorded_at"][1]) if "recorded_at" in fields else LONG_AGO
    return event_id, keys.seal(key, event_id, left), at

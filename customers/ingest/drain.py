"""The inbox of a tenant in; customers and events out (`intake.take`), `QuarantinedItem` for what is not usable, `SourceDay` counts.

One transaction a chunk removes the batches and stores what was in them, so a drain may be killed at any moment. One drain at a time is at
an inbox, for a turn: a second one leaves at once, and a full inbox does not keep the others waiting.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import psycopg
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models.functions import Length

from accounts import tenancy
from accounts.models import Tenant
from customers import catalogue, garbage, identity, intake
from customers.ingest import aliases, bodies, keeping
from customers.ingest.items import Reader, Unusable
from customers.intake import Item, Outcome
from customers.models import InboxBatch, QuarantinedItem, Source
from customers.models.inbox import digest_of
from customers.staging import rows, run

logger = logging.getLogger(__name__)

CHUNK_ITEMS = 20_000  # taken out in one transaction
CHUNK_BATCHES = 2_000
CHUNK_BYTES = 64_000_000  # of JSON, held in memory at once
TURN = 10.0  # seconds, after which others are let through
LOCK = 4_1002  # the first half of the advisory locks of drains
# What lies with the items and not with the moment. COPY raises psycopg's own errors, past Django's.
POISON = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError)
ATTEMPTS = 3  # when the database ends a deadlock on our back

DAYS = """
INSERT INTO customers_sourceday AS known (tenant_id, source_id, "on", accepted, duplicates, rejected, last_at)
VALUES (%(tenant)s, %(source)s, %(on)s, %(accepted)s, %(duplicates)s, %(rejected)s, %(last_at)s)
    ON CONFLICT (tenant_id, source_id, "on") DO UPDATE SET
       accepted = known.accepted + excluded.accepted, duplicates = known.duplicates + excluded.duplicates,
       rejected = known.rejected + excluded.rejected, last_at = greatest(known.last_at, excluded.last_at)
"""


class _Batch(msgspec.Struct, gc=False):
    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815 - the word of the format


class Heard(NamedTuple):
    """An item that could be read, with the text to keep if the database refuses it."""

    item: Item
    raw: bytes
    sent_at: Any
    received_at: datetime


class Refused(NamedTuple):
    raw: bytes
    sent_at: Any
    received_at: datetime
    reason: str


@dataclass
class Chunk:
    """What the batches of one source held."""

    source: Source
    heard: list[Heard] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    duplicates: dict[Any, int] = field(default_factory=lambda: defaultdict(int))
    accepted: dict[Any, int] = field(default_factory=lambda: defaultdict(int))
    last_at: dict[Any, datetime] = field(default_factory=dict)


_decoder = msgspec.json.Decoder(_Batch)


def drain(tenant: Tenant) -> int:
    """Empties the inbox, chunk by chunk, each in a scope of its own. Answers how many items were taken out."""
    items = 0
    while taken := _again(tenant):
        items += taken
    return items


def take_turn(tenant: Tenant) -> bool:
    """Empties the inbox for as long as a turn lasts. Answers whether something may be left."""
    until = time.monotonic() + TURN
    while _again(tenant):
        if time.monotonic() > until:
            return True
    return False


def waits(tenant: Tenant) -> bool:
    with tenancy.scope(tenant):
        return InboxBatch.objects.exists()


def _again(tenant: Tenant) -> int:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with garbage.held_off(), tenancy.scope(tenant):
                return _drain_chunk()
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
    return 0


def _drain_chunk() -> int:
    """Nothing to do, or somebody else at it: 0."""
    batches = _claim() if _alone() else []
    if not batches:
        return 0
    chunks = _read(batches, _readers(batches))
    identity.lock()  # before anything is written: drains and imports of one tenant take turns, so none waits for another in a ring
    for chunk in chunks:
        _store(chunk)
    InboxBatch.objects.filter(pk__in=[batch.pk for batch in batches]).delete()
    return max(sum(batch.items for batch in batches), 1)


def _alone() -> bool:
    """Whether nobody else is at this inbox, until the end of the transaction. Waiting would keep a worker from other inboxes."""
    ((is_alone,),) = rows("SELECT pg_try_advisory_xact_lock(%(lock)s, %(half)s)", {"lock": LOCK, "half": tenancy.current().pk % 2**31})
    return is_alone


def _claim() -> list[InboxBatch]:
    """The oldest batches, locked until the end of the transaction."""
    ids, items, size = [], 0, 0
    for pk, count, length in InboxBatch.objects.order_by("pk").values_list("pk", "items", Length("body"))[:CHUNK_BATCHES]:
        items, size = items + count, size + length
        if ids and (items > CHUNK_ITEMS or size > CHUNK_BYTES):
            break
        ids.append(pk)
    return list(InboxBatch.objects.filter(pk__in=ids).order_by("pk").select_for_update()) if ids else []


def _readers(batches: Sequence[InboxBatch]) -> dict[int, Reader]:
    sources = Source.objects.select_related("shares_ids_with").filter(pk__in={batch.source_id for batch in batches})
    return {source.pk: Reader(source) for source in sources}


def _read(batches: Sequence[InboxBatch], readers: dict[int, Reader]) -> list[Chunk]:
    chunks = {batch.source_id: Chunk(readers[batch.source_id].source) for batch in batches}
    for batch in batches:
        _read_batch(batch, chunks[batch.source_id], readers[batch.source_id])
    return list(chunks.values())


def _read_batch(batch: InboxBatch, chunk: Chunk, reader: Reader) -> None:
    body, at = bytes(batch.body), batch.received_at
    chunk.last_at[_day(at)] = at
    try:
        held = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:  # the door took it for JSON
        chunk.refused.append(Refused(body, None, at, f"not JSON: {problem}"))
        return
    for place, part in enumerate(held.batch):
        raw = bytes(part)
        if raw[:1] == b'"':
            aside = bodies.put_aside(raw)
            chunk.refused.append(Refused(aside.item.encode(), held.sentAt, at, aside.reason))
            continue
        try:
            chunk.heard.append(Heard(reader.read(raw, received_at=at, sent_at=held.sentAt, place=place), raw, held.sentAt, at))
        except Unusable as problem:
            chunk.refused.append(Refused(raw, held.sentAt, at, str(problem)))


def _store(chunk: Chunk) -> None:
    _refuse_made_up_names(chunk)
    aliases.settle([one.item for one in chunk.heard], chunk.source)
    for one, taken in _take(chunk.heard, chunk):
        (chunk.duplicates if taken.outcome == Outcome.DUPLICATE else chunk.accepted)[_day(one.received_at)] += 1
    QuarantinedItem.objects.keep(_quarantined(chunk.source, one) for one in chunk.refused)
    _count(chunk)


def _refuse_made_up_names(chunk: Chunk) -> None:
    """Names of events for which there is no room: told apart here, because the whole portion would be refused for one of them."""
    names = [one.item.happening.type for one in chunk.heard if one.item.happening]
    fitting = catalogue.fitting(names) if names else set()
    if fitting.issuperset(names):
        return
    heard, chunk.heard = chunk.heard, []
    for one in heard:
        if one.item.happening and one.item.happening.type not in fitting:
            reason = str(catalogue.TooManyTypes({one.item.happening.type}))
            chunk.refused.append(Refused(one.raw, one.sent_at, one.received_at, reason))
        else:
            chunk.heard.append(one)


def _quarantined(source: Source, one: Refused) -> QuarantinedItem:
    item, reason = keeping.text(one.raw, one.sent_at), one.reason.replace("\x00", "")[:300]
    return QuarantinedItem(source=source, item=item, digest=digest_of(one.raw), reason=reason, received_at=one.received_at)


def _take(heard: list[Heard], chunk: Chunk) -> Iterator[tuple[Heard, intake.Taken]]:
    """Hands them in together. What the database refuses is looked for by halves, until the one that is to blame stands alone."""
    if not heard:
        return
    try:
        with transaction.atomic():
            taken = intake.take([one.item for one in heard], chunk.source, received_at=max(one.received_at for one in heard))
    except POISON as problem:
        if len(heard) == 1:
            chunk.refused.append(Refused(heard[0].raw, heard[0].sent_at, heard[0].received_at, _refusal(problem)))
            return
        middle = len(heard) // 2
        yield from _take(heard[:middle], chunk)
        yield from _take(heard[middle:], chunk)
    else:
        yield from zip(heard, taken, strict=True)


def _refusal(problem: Exception) -> str:
    """In our words where they are ours; the database's may quote values of others."""
    logger.warning("an item was refused on its way into the database", extra={"fault": type(problem).__name__})
    return str(problem) if isinstance(problem, ValueError) and not isinstance(problem, UnicodeError) else "the database cannot hold it"


def _count(chunk: Chunk) -> None:
    rejected: dict[Any, int] = defaultdict(int)
    for one in chunk.refused:
        rejected[_day(one.received_at)] += 1
    for day, at in sorted(chunk.last_at.items()):
        counts = {"accepted": chunk.accepted[day], "duplicates": chunk.duplicates[day], "rejected": rejected[day]}
        run(DAYS, {"source": chunk.source.pk, "on": day, "last_at": at, **counts})


def _day(at: datetime) -> Any:
    return at.astimezone(UTC).date()

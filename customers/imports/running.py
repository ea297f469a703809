"""An import in; leaves what its rows say, chunk by chunk, with how far it is in the same transaction: a kill loses and doubles nothing.

Two workers never take in one chunk: each chunk begins by locking the `Import` and looks whether it still stands where this worker left it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tenancy, work
from accounts.models import Tenant
from customers import garbage, intake
from customers.imports import aside, listing, reading, storing
from customers.imports.checking import Checker
from customers.imports.chunks import Chunk, chunks, one_ahead
from customers.imports.looking import Unusable
from customers.intake import Outcome
from customers.models import Import, Score, SourceDay

Status = Import.Status
Watch = Callable[[Import], None]
STALE = timedelta(seconds=60)  # without a sign of life: whoever worked on it is gone
TURN = 100.0  # seconds that a worker gives one import before others have their turn (a broker sends a message again after 300 s)
ATTEMPTS = 3

logger = logging.getLogger(__name__)


class TakenOver(Exception):
    """Another worker goes on with this import. Nothing of this chunk was kept; a retry does not help."""


class Cancelled(Exception):
    """Somebody has asked to stop."""


def waiting() -> list[int]:
    """The imports of the open scope that nobody works on, though they are due."""
    return list(_free(Import.objects.due()).values_list("pk", flat=True))


def waiting_everywhere() -> Iterator[tuple[int, int]]:
    """(tenant, import) of every tenant, each behind its own wall."""
    for tenant in Tenant.objects.order_by("pk").iterator():
        with tenancy.scope(tenant):
            found = waiting()
        yield from ((tenant.pk, import_id) for import_id in found)


def claim(import_id: int) -> Import | None:
    """The import, from now on this worker's; None when it is not due, or somebody works on it. Runs in a scope."""
    rows = Import.objects.select_for_update(skip_locked=True, of=("self",)).select_related("source", "segment")
    run = _free(rows.due()).filter(pk=import_id).first()
    if run is None:
        return None
    if run.is_dry_run:
        run.wait_again(is_dry_run=True, from_start=True)  # what a dry run had done is gone with its transaction
    begin(run)
    return run


def begin(run: Import) -> None:
    """Marks it as worked on, from now."""
    run.status, run.beat_at = Status.RUNNING, timezone.now()
    run.started_at = run.started_at or run.beat_at
    run.save()


def take_turn(tenant: Tenant, import_id: int) -> Import | None:
    """What a worker does: claims the import and works on it for one turn. None when somebody else has it."""
    with tenancy.scope(tenant):
        run = claim(import_id)
    return carry_out(tenant, run, seconds=TURN) if run else None


def carry_out(tenant: Tenant, run: Import, *, seconds: float = 0, watch: Watch = lambda run: None) -> Import:
    """Takes in the rows of a claimed import until its end, or until the turn of `seconds` is over; then it waits for the next.

    Raises TakenOver, and what the database raises when it does not answer: the import stays due, and goes on from its last chunk.
    """
    try:
        with storing.opened(run) as file:
            (_rehearse if run.is_dry_run else _take_in)(tenant, run, file, _Turn(seconds, watch))
    except Cancelled:
        _end(tenant, run, Status.CANCELLED)
    except Unusable as problem:
        _end(tenant, run, Status.FAILED, str(problem))
    except (OperationalError, TakenOver):
        raise
    except Exception:
        _end(tenant, run, Status.FAILED, _("The rows after row %(row)s could not be stored. Nothing of them was kept.") % {"row": run.row})
        raise
    return run


def stop(tenant: Tenant, run: Import) -> None:
    """For who is at work in the foreground and is told to leave off. What is in stays in."""
    _end(tenant, run, Status.CANCELLED)


class _Turn:
    """How long this worker goes on, and who looks on."""

    def __init__(self, seconds: float, watch: Watch) -> None:
        self.watch = watch
        self.until = time.monotonic() + seconds if seconds else None

    @property
    def is_over(self) -> bool:
        return self.until is not None and time.monotonic() > self.until


def _take_in(tenant: Tenant, run: Import, file: reading.BinaryIO, turn: _Turn) -> None:
    with garbage.held_off(), closing(one_ahead(_chunks_of(tenant, run, file))) as coming:
        for chunk in coming:
            _attempt(lambda chunk=chunk: _take_chunk(tenant, run, chunk))
            turn.watch(run)
            if chunk.problem:
                raise chunk.problem
            if turn.is_over:
                return _end(tenant, run, Status.WAITING)
    return _end(tenant, run, Status.DONE)


def _rehearse(tenant: Tenant, run: Import, file: reading.BinaryIO, turn: _Turn) -> None:
    """A dry run: every chunk in one transaction that is taken back, so that rows of the file see each other. Progress goes another way.

    Until it is over, what comes in of this tenant waits in its inbox.
    """
    with closing(one_ahead(_chunks_of(tenant, run, file))) as coming, tenancy.scope(tenant), transaction.atomic():
        for chunk in coming:
            _count(run, chunk, intake.take(chunk.items, run.source, received_at=timezone.now()))
            aside.write(tenant, _note, run, chunk)
            turn.watch(run)
            if chunk.problem:
                raise chunk.problem
        transaction.set_rollback(True)
    _end(tenant, run, Status.DONE)


def _chunks_of(tenant: Tenant, run: Import, file: reading.BinaryIO) -> Iterator[Chunk]:
    shape = storing.shape_of(run)
    names, top = reading.header(file, shape)
    with tenancy.scope(tenant):
        checker = Checker(run, names)
    number, offset = (run.row, run.offset) if run.offset else (top.number, top.offset)
    return chunks(reading.rows(file, shape, offset=offset, number=number), checker)


def _attempt(take: Callable[[], None]) -> None:
    """A deadlock or a database that restarts is over in a moment."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return take()
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
            logger.warning("a chunk is tried again", exc_info=True)
            time.sleep(attempt)
    return None


def _take_chunk(tenant: Tenant, run: Import, chunk: Chunk) -> None:
    before = (run.row, run.offset, run.new, run.changed, run.unchanged, run.bad)
    try:
        with tenancy.scope(tenant):
            _fence(run)
            now = timezone.now()
            taken = intake.take(chunk.items, run.source, received_at=now)
            _count(run, chunk, taken)
            _count_day(run, chunk, taken, now)
            if run.segment:
                listing.join(run.segment, [one.origin_id for one in taken if one.origin_id], at=now)
            _note(run, chunk)
    except DatabaseError:
        run.row, run.offset, run.new, run.changed, run.unchanged, run.bad = before
        raise


def _fence(run: Import) -> None:
    """Holds the row until the chunk is committed. Raises TakenOver, Cancelled."""
    now = Import.objects.select_for_update().get(pk=run.pk)
    if (now.status, now.row, now.offset, now.started_at) != (Status.RUNNING, run.row, run.offset, run.started_at):
        raise TakenOver(f"Import {run.pk} is at row {now.row} ({now.status}).")
    if now.cancel_asked_at:
        raise Cancelled


def _count(run: Import, chunk: Chunk, taken: list[intake.Taken]) -> None:
    for number, outcome in zip(chunk.numbers, (one.outcome for one in taken), strict=True):
        if outcome is Outcome.NEW:
            run.new += 1
        elif outcome is Outcome.CHANGED:
            run.changed += 1
        elif outcome is Outcome.ERASED:
            chunk.refuse(number, _("This customer was erased, and comes back only by confirming a form themselves."))
        else:
            run.unchanged += 1
    run.bad += chunk.bad + len(chunk.refused)
    run.row, run.offset = chunk.row, chunk.offset


def _count_day(run: Import, chunk: Chunk, taken: list[intake.Taken], now: datetime) -> None:
    day, _is_new = SourceDay.objects.get_or_create(source=run.source, on=now.date(), defaults={"last_at": now})
    day = SourceDay.objects.select_for_update().get(pk=day.pk)
    day.accepted += len(taken)
    day.duplicates += sum(one.outcome is Outcome.DUPLICATE for one in taken)
    day.rejected += chunk.bad + len(chunk.refused)
    day.last_at = now
    day.save()


def _note(run: Import, chunk: Chunk) -> None:
    """How far it is, and the rows that were not taken in. Raises Cancelled in a dry run, whose chunks have no fence."""
    if run.is_dry_run:
        _fence_dry(run)
    run.beat_at = timezone.now()
    run.save(update_fields=["row", "offset", "new", "changed", "unchanged", "bad", "beat_at"])
    chunk.keep_faults(run)


def _fence_dry(run: Import) -> None:
    now = Import.objects.select_for_update().get(pk=run.pk)
    if now.started_at != run.started_at:
        raise TakenOver(f"Import {run.pk} was started anew.")
    if now.cancel_asked_at:
        raise Cancelled


def _end(tenant: Tenant, run: Import, status: str, message: str = "") -> None:
    """Leaves the import as done, failed, cancelled or waiting for the next turn, unless another worker has it by now."""
    with tenancy.scope(tenant):
        now = Import.objects.select_for_update().get(pk=run.pk)
        if now.started_at != run.started_at or now.row != run.row or now.status != Status.RUNNING:
            raise TakenOver(f"Import {run.pk} is at row {now.row} ({now.status}).")
        run.refresh_from_db(fields=["cancel_asked_at"])
        run.status, run.message, run.beat_at = status, message[:300], None
        run.finished_at = None if status == Status.WAITING else timezone.now()
        run.save(update_fields=["status", "message", "beat_at", "finished_at"])
        _score_for_the_first_time(tenant, run)


def _score_for_the_first_time(tenant: Tenant, run: Import) -> None:
    """Who brings in the first orders need not wait for the night to see stages of life and figures."""
    brought = run.kind == Import.Kind.EVENTS and run.is_over and not run.is_dry_run and run.new
    if brought and not Score.objects.exists():
        work.enqueue("customers.tasks.compute_scores_of", tenant_id=tenant.pk)


def _free(rows: "Import.objects") -> "Import.objects":
    return rows.filter(Q(status=Status.WAITING) | Q(beat_at=None) | Q(beat_at__lt=timezone.now() - STALE))

"""An item that was not usable in, corrected by a colleague; taken in after all, once, or thrown away. The row stays, closed and empty.

Once-only holds as for the drain: the item keeps its message id, and a row that is closed is not opened again.
"""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers import intake
from customers.ingest import aliases
from customers.ingest.drain import POISON
from customers.ingest.items import Reader, Unusable
from customers.ingest.limits import ITEM_BYTES
from customers.models import QuarantinedItem
from customers.models.inbox import QuarantinedItemQuerySet

Outcome = QuarantinedItem.Outcome


class AlreadyClosed(Exception):
    """A colleague was first. A retry does not help."""


def replay(item_id: int, text: str, *, by: User) -> intake.Taken:
    """Raises Unusable with what is still wrong, AlreadyClosed; nothing has changed then."""
    row = QuarantinedItem.objects.waiting().select_for_update().filter(pk=item_id).first()
    if row is None:
        raise AlreadyClosed
    source = row.source
    raw = text.strip().encode(errors="surrogatepass")
    if len(raw) > ITEM_BYTES:
        raise Unusable(f"larger than {ITEM_BYTES:,} bytes")
    item = Reader(source).read(raw, received_at=row.received_at)
    aliases.settle([item], source)
    try:
        with transaction.atomic():
            (taken,) = intake.take([item], source, received_at=row.received_at)
    except POISON as problem:
        raise Unusable(str(problem) if isinstance(problem, ValueError) else "the database cannot hold it") from problem
    row.item, row.outcome, row.closed_at, row.closed_by = "", Outcome.REPLAYED, timezone.now(), by
    row.save(update_fields=["item", "outcome", "closed_at", "closed_by"])
    return taken


def discard(items: QuarantinedItemQuerySet, *, by: User) -> int:
    """Answers how many were thrown away. What was in them is not kept."""
    return items.waiting().update(outcome=Outcome.DISCARDED, closed_at=timezone.now(), closed_by=by, item="")

"""Nothing but the open tenant in, the figures by which readers check it out: the last checkpoint, answered requests (TP9)."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from consent.ledger import signing
from consent.models import Checkpoint, SigningKey
from customers.staging import rows

# One row: how many requests came in since, and after how many seconds half of those that were decided had an answer.
REQUESTS = """
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - received_at))
                 FILTER (WHERE decided_at IS NOT NULL)
  FROM consent_rightsrequest WHERE tenant_id = %(tenant)s AND received_at >= %(since)s AND status <> 'dropped'
"""
DAY = 24 * 3600


class Trust(NamedTuple):
    """`keys`: public ones, with which signatures are checked. `median_days`: nothing while no request of this year was decided."""

    checkpoint: Checkpoint | None
    keys: list[str]
    requests: int
    median_days: int | None

    @property
    def root(self) -> str:
        return bytes(self.checkpoint.root).hex() if self.checkpoint else ""


def figures() -> Trust:
    ((requests, seconds),) = rows(REQUESTS, {"since": this_year()})
    checkpoint = Checkpoint.objects.order_by("-tree_size").first()
    keys = [signing.verifier_key(key) for key in SigningKey.objects.order_by("-pk")]
    return Trust(checkpoint, keys, requests, None if seconds is None else max(1, -(-int(seconds) // DAY)))


def this_year() -> datetime:
    """Its first moment, where the tenant is."""
    return timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)

"""Events that wait in, the Merkle tree of a tenant a little larger out (RFC 6962), with a signed checkpoint (C2SP tlog-checkpoint)."""

import base64
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts import tenancy
from accounts.models import Tenant
from consent.ledger import hashing, signing
from consent.models import Checkpoint, Leaf, LedgerInbox
from customers.staging import rows

TURN = 20_000  # events a transaction
WITHIN = timedelta(minutes=10)  # what a receipt promises

# Answers how many events it took into the tree; two at once wait for each other (migration 0003).
SEQUENCE = "SELECT consent_sequence(%(most)s)"
ROOT = "SELECT consent_root(%(size)s)"
CHECKPOINT = "SELECT consent_checkpoint(%(size)s, %(at)s, %(note)s)"

# One row a full subtree that is asked for: level, index, hash.
SUBTREES = """
SELECT a.level, a.index, COALESCE(l.leaf_hash, n.hash)
  FROM unnest(%(levels)s::int[], %(indexes)s::bigint[]) AS a(level, index)
  LEFT JOIN consent_leaf l ON a.level = 0 AND l.tenant_id = %(tenant)s AND l.index = a.index
  LEFT JOIN consent_node n ON a.level > 0 AND n.tenant_id = %(tenant)s AND n.level = a.level AND n.index = a.index
"""


class Proof(NamedTuple):
    """That a leaf is in the tree of this size: hashes from the leaf to the root (RFC 6962 §2.1.1)."""

    index: int
    size: int
    path: list[bytes]


def sequence(*, most: int = TURN) -> int:
    """One turn; answers how many events it took in."""
    ((taken,),) = rows(SEQUENCE, {"most": most})
    return taken


def sequence_all(tenant: Tenant) -> int:
    """Turn by turn, each its own transaction, until nothing waits."""
    total, taken = 0, 1
    while taken:
        with tenancy.scope(tenant):
            taken = sequence()
        total += taken
    return total


def waits(tenant: Tenant) -> bool:
    with tenancy.scope(tenant):
        return LedgerInbox.objects.exists()


def size() -> int:
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def root(tree_size: int) -> bytes:
    ((found,),) = rows(ROOT, {"size": tree_size})
    return bytes(found)


def checkpoint() -> Checkpoint | None:
    """Signs the tree as it is, when it grew since the last time. Raises keys.KeyLost."""
    tree_size = size()
    if not tree_size or Checkpoint.objects.filter(tree_size__gte=tree_size).exists():
        return None
    key = signing.current()
    note = signing.note(key, key.name, str(tree_size), base64.b64encode(root(tree_size)).decode())
    rows(CHECKPOINT, {"size": tree_size, "at": timezone.now(), "note": note})
    return Checkpoint.objects.filter(tree_size=tree_size).first()


def proof(event_id: UUID, tree_size: int) -> Proof | None:
    """Nothing while the event waits, or when it came later than the tree of that size."""
    index = Leaf.objects.filter(event_id=event_id, index__lt=tree_size).values_list("index", flat=True).first()
    if index is None:
        return None
    ranges = [hashing.peaks_of(start, end) for start, end in hashing.path_of(index, tree_size)]
    found = _subtrees({peak for peaks in ranges for peak in peaks})
    return Proof(index, tree_size, [hashing.root_of_peaks([found[peak] for peak in peaks]) for peaks in ranges])


def _subtrees(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    wanted = list(wanted)
    found = rows(SUBTREES, {"levels": [level for level, _ in wanted], "indexes": [index for _, index in wanted]})
    return {(level, index): bytes(hash_) for level, index, hash_ in found}

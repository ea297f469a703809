"""The log of a tenant in, a part at a time; what does not add up out, by name (docs/verify.md lists them). Flat memory; leaves nothing.

A part can be read in a transaction of its own: what was logged does not change, and what is logged meanwhile is looked at next time.
"""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from accounts import tenancy
from consent.ledger import hashing, keys
from consent.ledger.hashing import Frontier
from consent.models.ledger import NOTHING
from customers.staging import rows

PART = 5_000  # events
KEPT = 100  # findings; the rest is counted

# One row an event: its place, then what the tree, the log and the evidence have of it, the event before it in the chain, its subject and
# that one's key. The place is the index in the tree, or for events that wait the id of their row.
# What the joins compare is worked out before: behind row security an index is not used for anything that still has to be computed.
LEAVES = """
WITH placed AS MATERIALIZED ({start}), logged AS MATERIALIZED (
  SELECT l.place, l.event_id, l.leaf_hash AS placed, e.leaf_hash, e.subject_id, e.seq, e.seq - 1 AS seq_before, e.prev_hash, e.fields_root
    FROM placed l LEFT JOIN consent_ledgerevent e ON e.tenant_id = %(tenant)s AND e.event_id = l.event_id)
SELECT e.place, e.event_id, e.placed, e.leaf_hash, e.seq, e.prev_hash, e.fields_root, v.digests, v.sealed, p.leaf_hash,
       s.ref, s.head_seq, s.head_hash, s.erased_at IS NOT NULL, k.wrapped
  FROM logged e
  LEFT JOIN consent_evidence v ON v.tenant_id = %(tenant)s AND v.event_id = e.event_id
  LEFT JOIN consent_ledgerevent p ON p.tenant_id = %(tenant)s AND p.subject_id = e.subject_id AND p.seq = e.seq_before
  LEFT JOIN consent_subject s ON s.tenant_id = %(tenant)s AND s.id = e.subject_id
  LEFT JOIN consent_subjectkey k ON k.tenant_id = %(tenant)s AND k.subject_id = e.subject_id
"""
IN_TREE = LEAVES.format(
    start="""
    SELECT index AS place, event_id, leaf_hash FROM consent_leaf
     WHERE tenant_id = %(tenant)s AND index >= %(start)s AND index < %(end)s"""
)
# The same of events that have no place in the tree of that size; `leaf_hash` is that of the inbox, or of a leaf that came since.
WAITING = LEAVES.format(
    start="""
    SELECT w.id AS place, w.event_id, COALESCE(a.leaf_hash, i.leaf_hash) AS leaf_hash
      FROM consent_ledgerevent w
      LEFT JOIN consent_leaf a ON a.tenant_id = w.tenant_id AND a.event_id = w.event_id
      LEFT JOIN consent_ledgerinbox i ON i.tenant_id = w.tenant_id AND i.event_id = w.event_id
     WHERE w.tenant_id = %(tenant)s AND w.id > %(after)s AND (a.index IS NULL OR a.index >= %(size)s)
     ORDER BY w.id LIMIT %(part)s"""
)


@dataclass(frozen=True)
class Finding:
    """`code` is one of those in docs/verify.md; `where` an event, a subject, a place or a size."""

    code: str
    where: str
    what: str


@dataclass
class Found:
    """What was looked at so far, and what did not add up."""

    events: int = 0
    opened: int = 0
    locked: int = 0  # no SECRET_KEY opens their key
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, where: object, what: str) -> None:
        self.count += 1
        if len(self.findings) < KEPT:
            self.findings.append(Finding(code, str(where), what))

    def as_json(self) -> list[dict[str, str]]:
        return [asdict(finding) for finding in self.findings]


@dataclass(frozen=True)
class Line:
    """A row of LEAVES."""

    place: int
    event_id: UUID
    placed: bytes | None
    leaf: bytes | None
    seq: int
    before: bytes
    root: bytes
    digests: bytes | None
    sealed: bytes | None
    really_before: bytes | None
    ref: UUID
    head_seq: int
    head: bytes
    is_erased: bool
    wrapped: bytes | None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "Line":
        return cls(*(bytes(value) if isinstance(value, memoryview) else value for value in row))


def in_tree(start: int, end: int) -> list[Line]:
    return [Line.of(row) for row in rows(IN_TREE, {"start": start, "end": end})]


def waiting(size: int, *, after: int = 0) -> list[Line]:
    """The next part of those that have no place in the tree of this size."""
    return sorted((Line.of(row) for row in rows(WAITING, {"size": size, "after": after, "part": PART})), key=lambda line: line.place)


def look(line: Line, found: Found) -> None:
    """Everything that one event can be asked."""
    found.events += 1
    if line.leaf is None:
        found.add("event_missing", line.event_id, "The tree has this event and the log has not.")
        return
    _look_at_hashes(line, found)
    _look_at_chain(line, found)
    if line.digests is None:
        found.add("evidence_missing", line.event_id, "The digests of this event are gone.")
    else:
        _look_at_evidence(line, line.digests, found)


def _look_at_hashes(line: Line, found: Found) -> None:
    place = (line.seq, line.before)
    if hashing.leaf(tenancy.current().pk, line.event_id, line.ref, place=place, root=line.root) != line.leaf:
        found.add("leaf", line.event_id, "The event was changed: its hash is not that of what it says.")
    if line.placed is None:
        found.add("not_waiting", line.event_id, "The event is not in the tree and does not wait for it.")
    elif line.placed != line.leaf:
        found.add("tree", line.event_id, "The tree has another hash for this event.")


def _look_at_chain(line: Line, found: Found) -> None:
    expected = NOTHING if line.seq == 1 else line.really_before
    if line.before != expected:
        found.add("chain", line.event_id, f"Event {line.seq} of subject {line.ref} does not follow the one before it.")
    is_past_head = line.seq > line.head_seq
    if is_past_head or (line.seq == line.head_seq and line.head != line.leaf):
        found.add("head", line.ref, "The chain of this subject does not end where the subject says.")


def _look_at_evidence(line: Line, packed: bytes, found: Found) -> None:
    try:
        digests = hashing.unpack(packed)
    except ValueError:
        digests = {}
        found.add("digests", line.event_id, "The digests cannot be read.")
    if hashing.fields_root(packed) != line.root:
        found.add("digests", line.event_id, "The digests are not those that were logged.")
    if line.is_erased and (line.sealed is not None or line.wrapped is not None):
        found.add("erased", line.event_id, "Evidence of an erased subject came back.")
    if line.sealed is not None and line.wrapped is not None:
        _look_inside(line, digests, found)


def _look_inside(line: Line, digests: dict[str, bytes], found: Found) -> None:
    try:
        fields = keys.unseal(keys.unwrap(tenancy.current().pk, line.ref, line.wrapped or b""), line.event_id, line.sealed or b"")
    except keys.KeyLost:
        found.locked += 1
        return
    except keys.Unreadable:
        found.add("sealed", line.event_id, "The evidence was changed: its key does not open it.")
        return
    found.opened += 1
    for name, (salt, value) in fields.items():
        if hashing.field_digest(name, value, bytes.fromhex(salt)) != digests.get(name):
            found.add("field", line.event_id, f"The field {name} was changed.")


class Nodes(Frontier):
    """A tree that grows and remembers the full subtrees it completes, until they are taken."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[tuple[int, int], bytes] = {}

    def completed(self, level: int, index: int, value: bytes) -> None:
        self._made[level, index] = value

    def take(self) -> dict[tuple[int, int], bytes]:
        made, self._made = self._made, {}
        return made

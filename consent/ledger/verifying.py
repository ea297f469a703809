"""The whole log of a tenant in, named findings out: events, chains, evidence, tree, checkpoints, signatures and the copy in a file."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from accounts import tenancy
from consent.ledger import copies, signing, tree, walking
from consent.ledger.walking import Found
from consent.models import Checkpoint, LedgerEvent, SigningKey
from customers.staging import rows

# One row a full subtree of the tree that was completed between these sizes: level, index, hash.
COMPLETED = """
WITH ranges AS MATERIALIZED (
  SELECT level::smallint, %(start)s::bigint >> level AS first, %(end)s::bigint >> level AS past FROM generate_series(1, 62) AS g(level))
SELECT n.level, n.index, n.hash FROM ranges r
  JOIN consent_node n ON n.tenant_id = %(tenant)s AND n.level = r.level AND n.index >= r.first AND n.index < r.past
"""
# One row a subject whose chain is shorter than it says: ref, how long it says.
SHORT = """
SELECT s.ref, s.head_seq FROM consent_subject s
 WHERE s.tenant_id = %(tenant)s AND s.head_seq > 0
   AND NOT EXISTS (SELECT FROM consent_ledgerevent e WHERE e.tenant_id = s.tenant_id AND e.subject_id = s.id AND e.seq = s.head_seq)
"""


@dataclass(frozen=True)
class Note:
    """A checkpoint as it was signed: which log, how many leaves, what root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, text: str) -> "Note":
        """Raises ValueError for anything else."""
        origin, size, root, *_rest = text.splitlines()
        return cls(origin, int(size), base64.b64decode(root, validate=True))


class Walk:
    """From the first leaf to the last, a part a step; `found` grows on the way."""

    def __init__(self) -> None:
        self.found = Found()
        self.size = tree.size()
        self.total = LedgerEvent.objects.count()
        self._tree = walking.Nodes()
        self._keys = signing.by_hash()
        self._roots_asked = {note.size for note, _text in _outside() if note}
        self._roots: dict[int, bytes] = {}

    def step(self) -> bool:
        """Looks at one part; answers whether there is more."""
        start = self._tree.size
        if start < self.size:
            self._part(start, min(start + walking.PART, self.size))
            return True
        self._end()
        return False

    def _part(self, start: int, end: int) -> None:
        signed = {row.tree_size: row for row in Checkpoint.objects.filter(tree_size__gt=start, tree_size__lte=end)}
        lines = {line.place: line for line in walking.in_tree(start, end)}
        for index in range(start, end):
            line = lines.get(index)
            if line is None or line.placed is None:
                self.found.add("leaf_missing", index, "The tree has a gap here.")
            else:
                walking.look(line, self.found)
            self._tree.add(line.placed if line and line.placed else bytes(32))
            if self._tree.size in signed or self._tree.size in self._roots_asked:
                self._look_at_root(signed.get(self._tree.size))
        self._look_at_nodes(start, end)

    def _look_at_root(self, row: Checkpoint | None) -> None:
        root = self._tree.root()
        if self._tree.size in self._roots_asked:
            self._roots[self._tree.size] = root
        if row and root != bytes(row.root):
            self.found.add("root", row.tree_size, "The tree is not the one that was signed: history was rewritten.")
        if row:
            self._look_at_note(row, root)

    def _look_at_note(self, row: Checkpoint, root: bytes) -> None:
        try:
            note = Note.read(row.note)
        except ValueError:
            self.found.add("note", row.tree_size, "The checkpoint cannot be read.")
            return
        if (note.size, note.root) != (row.tree_size, bytes(row.root)):
            self.found.add("note", row.tree_size, "The checkpoint says something else than its row.")
        if not signing.is_signed(row.note, self._keys):
            self.found.add("signature", row.tree_size, "The signature of this checkpoint is not good.")

    def _look_at_nodes(self, start: int, end: int) -> None:
        kept = {(level, index): bytes(hash_) for level, index, hash_ in rows(COMPLETED, {"start": start, "end": end})}
        made = self._tree.take()
        for place in sorted(made.keys() | kept.keys()):
            if made.get(place) != kept.get(place):
                self.found.add("node", "/".join(map(str, place)), "A stored part of the tree is not what its leaves say.")

    def _end(self) -> None:
        after = 0
        while lines := walking.waiting(self.size, after=after):
            for line in lines:
                walking.look(line, self.found)
            after = lines[-1].place
        for ref, seq in rows(SHORT):
            self.found.add("head", ref, f"Event {seq} of this subject is gone.")
        for row in Checkpoint.objects.filter(tree_size__gt=tree.size()):
            self.found.add("cut", row.tree_size, f"The log was cut: it had {row.tree_size} events and has {self.size}.")
        for note, text in _outside():
            if note:
                self._look_at_copy(note, text)
            else:
                self.found.add("copy", "file", "A checkpoint in the file cannot be read.")
        self._look_at_keys()

    def _look_at_copy(self, note: Note, text: str) -> None:
        if not signing.is_signed(text, self._keys):
            self.found.add("copy", note.size, "The file has a checkpoint that none of our keys signed.")
        elif note.size > tree.size():
            self.found.add("copy", note.size, f"The log was cut: the file has a checkpoint of {note.size} events.")
        elif note.size in self._roots and self._roots[note.size] != note.root:
            self.found.add("copy", note.size, "The file has a checkpoint of another tree: history was rewritten.")

    def _look_at_keys(self) -> None:
        if Checkpoint.objects.exists() and not SigningKey.objects.filter(retired_at=None).exists():
            self.found.add("key", "", "No key signs the log now.")


def verify() -> Found:
    """The log of the tenant of the open scope, in one go."""
    walk = Walk()
    while walk.step():
        pass
    return walk.found


def _outside() -> Iterator[tuple[Note | None, str]]:
    """The checkpoints of the copy in a file; nothing for one that cannot be read."""
    for text in copies.notes_in(copies.path_of(tenancy.current())):
        try:
            yield Note.read(text), text
        except ValueError:
            yield None, text

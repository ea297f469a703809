"""Bytes in, the hashes of the log out: fields, events, and the tree of RFC 6962. Pure; docs/verify.md says it for people without our code.

Every part is length-prefixed and every kind of hash starts with a byte of its own (0x00 event, 0x01 node, 0x02 fields, 0x03 field), so that
no two things that differ are ever hashed from the same bytes.
"""

import os
import struct
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

VERSION = b"consent-ledger/1"
EMPTY_ROOT = sha256(b"").digest()  # of a tree without leaves (RFC 6962 §2.1)
SIZE = 32


def prefixed(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def field_digest(name: str, value: str, salt: bytes) -> bytes:
    return sha256(b"\x03" + prefixed(salt) + prefixed(name.encode()) + prefixed(value.encode())).digest()


def pack(digests: Mapping[str, bytes]) -> bytes:
    """As `Evidence.digests` holds them: u32(len(name)) || name || digest, sorted by name."""
    return b"".join(prefixed(name.encode()) + digests[name] for name in sorted(digests))


def unpack(packed: bytes) -> dict[str, bytes]:
    """Raises ValueError for bytes that `pack` cannot have made."""
    digests, at = {}, 0
    while at < len(packed):
        (length,) = struct.unpack_from(">I", packed.ljust(at + 4, b"\x00"), at)
        end = at + 4 + length + SIZE
        if end > len(packed):
            raise ValueError("The digests end in the middle of one.")
        digests[packed[at + 4 : end - SIZE].decode()] = packed[end - SIZE : end]
        at = end
    if pack(digests) != packed:
        raise ValueError("The digests are not in order.")
    return digests


def fields_root(packed: bytes) -> bytes:
    return sha256(b"\x02" + packed).digest()


def leaf(tenant_id: int, event_id: UUID, subject_ref: UUID, place: tuple[int, bytes], root: bytes) -> bytes:
    """`place`: the number in the chain of the subject, and the leaf it follows."""
    seq, before = place
    parts = (VERSION, struct.pack(">q", tenant_id), event_id.bytes, subject_ref.bytes, struct.pack(">i", seq), before, root)
    return sha256(b"\x00" + b"".join(map(prefixed, parts))).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows leaf by leaf and knows its root: the full subtrees it consists of, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hash_of_leaf: bytes) -> None:
        self._peaks.append(hash_of_leaf)
        self.size += 1
        level, full = 0, self.size
        while full % 2 == 0:
            right = self._peaks.pop()
            self._peaks[-1] = node(self._peaks[-1], right)
            level, full = level + 1, full // 2
            self.completed(level, full - 1, self._peaks[-1])

    def completed(self, level: int, index: int, value: bytes) -> None:
        """For whoever wants to know of each full subtree."""

    def root(self) -> bytes:
        return root_of_peaks(self._peaks)


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """Of full subtrees, the largest first, to the root of the tree (RFC 6962 §2.1)."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


def peaks_of(start: int, end: int) -> list[tuple[int, int]]:
    """The full subtrees of the leaves from `start` to before `end`, as (level, index), the largest first. `start` begins one of them."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def path_of(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots lead from this leaf to the root, nearest first (RFC 6962 §2.1.1)."""
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def is_included(hash_of_leaf: bytes, index: int, size: int, *, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if index >= size:
        return False
    first, last, found = index, size - 1, hash_of_leaf
    for part in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node(part, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node(found, part)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def new_event_id() -> UUID:
    """UUIDv7 (RFC 9562 §6.2, method 3): sorts by time, so that the tree grows in the order in which things happened."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    noise = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | (rest << 12) // 1_000_000 << 64 | 0b10 << 62 | noise)

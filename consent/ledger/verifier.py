#!/usr/bin/env python3
"""A bundle of a consent log in, what does not add up out: one file, nothing but Python 3.8 and its standard library (docs/verify.md).

    python verifier.py bundle.jsonl [--checkpoints FILE] [--receipt FILE] [--key KEY]

--checkpoints  checkpoints that you kept yourself (mails, a file): the log must contain exactly these
--receipt      a receipt that a customer was given: it must be true by itself, and its event must be in the log
--key          a key that you know the organisation signs with; without it the keys in the bundle are believed

Exit code 0: everything adds up. 1: something does not. 2: the input cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import uuid
from pathlib import Path
from typing import Any

FORMAT = "portret-consent-log/1"
VERSION = b"consent-ledger/1"
NOTHING = bytes(32)


# --- Hashes (RFC 6962 for the tree)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def prefixed(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def field_digest(name: str, value: str, salt: bytes) -> bytes:
    return sha256(b"\x03" + prefixed(salt) + prefixed(name.encode()) + prefixed(value.encode()))


def fields_root(digests: dict[str, bytes]) -> bytes:
    return sha256(b"\x02" + b"".join(prefixed(name.encode()) + digests[name] for name in sorted(digests)))


def leaf_hash(tenant: int, event: dict[str, Any], root: bytes) -> bytes:
    ids = [uuid.UUID(event["event"]).bytes, uuid.UUID(event["subject"]).bytes]
    parts = [VERSION, struct.pack(">q", tenant), *ids, struct.pack(">i", event["seq"]), bytes.fromhex(event["prev"]), root]
    return sha256(b"\x00" + b"".join(map(prefixed, parts)))


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


class Tree:
    """Grows leaf by leaf; holds only the full subtrees it consists of."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self.peaks.append(leaf)
        self.size += 1
        full = self.size
        while full % 2 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = node(self.peaks[-1], right)
            full //= 2

    def root(self) -> bytes:
        if not self.peaks:
            return sha256(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def is_included(leaf: bytes, place: tuple[int, int], path: list[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2; `place`: index and size of the tree."""
    index, size = place
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
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


# --- Ed25519, verification only (RFC 8032, section 5.1.7 and appendix A). Not secret, so it need not take the same time always.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add_points(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    result: tuple[int, int, int, int] = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            result = add_points(result, point)
        point = add_points(point, point)
        number >>= 1
    return result


def are_equal(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def point_of(data: bytes) -> tuple[int, int, int, int] | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64 or BASE is None:
        return False
    key, start = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or start is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    return are_equal(times(s, BASE), add_points(start, times(h, key)))


# --- Signed notes (C2SP signed-note and tlog-checkpoint)


class Keys:
    """Verifier keys by their hash: name+hash+base64(0x01 || key)."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[str, bytes]] = {}

    def add(self, text: str) -> None:
        name, _, rest = text.partition("+")
        _hash, _, encoded = rest.partition("+")
        key = base64.b64decode(encoded)
        self.known[sha256(name.encode() + b"\n" + key)[:4]] = (name, key[1:])

    def signed(self, note: str) -> bool:
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            name, _, encoded = line[2:].rpartition(" ")
            try:
                data = base64.b64decode(encoded, validate=True)
            except ValueError:
                continue
            if line.startswith("\u2014 ") and self.good(name, (text + "\n").encode(), data):
                return True
        return False

    def good(self, name: str, text: bytes, data: bytes) -> bool:
        known = self.known.get(data[:4])
        return known is not None and known[0] == name and is_signed(known[1], text, data[4:])


class Note:
    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self.text, self.origin, self.size, self.root = text, lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)


def notes_in(text: str) -> list[Note]:
    """Every note in a text: mails may have words around them."""
    lines, notes = text.replace("\r\n", "\n").split("\n"), []
    for at, line in enumerate(lines):
        if line.startswith("\u2014 ") and at >= 4 and lines[at - 1] == "":
            notes.append(Note("\n".join(lines[at - 4 : at + 1]) + "\n"))
    return notes


class Log:
    """Reads a bundle line by line. Keeps a few hashes a subject, and the roots at the sizes that were signed."""

    def __init__(self, trusted: Keys, outside: list[Note], watched: list[str]) -> None:
        self.findings: list[str] = []
        self.keys, self.outside, self.watched = trusted, outside, set(watched)
        self.believes_bundle = not trusted.known
        self.tenant = self.size = -1
        self.ended: int | None = None
        self.events = self.opened = 0
        self.notes: list[Note] = []
        self.tree = Tree()
        self.signed_sizes = {note.size for note in outside}
        self.roots: dict[int, bytes] = {}
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.ahead: dict[str, dict[int, tuple[bytes, bytes]]] = {}
        self.seen: dict[str, bytes] = {}

    def say(self, where: Any, what: str) -> None:
        self.findings.append(f"{where}: {what}")

    def take(self, line: dict[str, Any]) -> None:
        ((kind, value),) = line.items()
        {"log": self.log, "key": self.key, "checkpoint": self.checkpoint, "event": self.event, "end": self.end}[kind](value)

    def log(self, value: dict[str, Any]) -> None:
        if value["format"] != FORMAT:
            raise ValueError("this is a bundle of another format")
        self.tenant, self.size = value["tenant"], value["size"]

    def key(self, value: dict[str, Any]) -> None:
        if self.believes_bundle:
            self.keys.add(value["key"])

    def checkpoint(self, value: dict[str, Any]) -> None:
        self.notes.append(Note(value["note"]))
        self.signed_sizes.add(self.notes[-1].size)

    def end(self, value: dict[str, Any]) -> None:
        self.ended = value["events"]

    def event(self, event: dict[str, Any]) -> None:
        self.events += 1
        leaf = bytes.fromhex(event["leaf"])
        if event["index"] is not None:
            self.place(event["index"], leaf)
        if "subject" not in event:
            self.say(event["event"], "the tree has this event and the log has not")
            return
        if event["event"] in self.watched:
            self.seen[event["event"]] = leaf
        self.look(event, leaf)
        self.follow(event, leaf)

    def place(self, index: int, leaf: bytes) -> None:
        if index != self.tree.size:
            self.say(f"leaf {self.tree.size}", "the tree has a gap here")
        self.tree.add(leaf)
        if self.tree.size in self.signed_sizes:
            self.roots[self.tree.size] = self.tree.root()

    def look(self, event: dict[str, Any], leaf: bytes) -> None:
        digests = {name: bytes.fromhex(digest) for name, digest in event["digests"].items()}
        if leaf_hash(self.tenant, event, bytes.fromhex(event["root"])) != leaf:
            self.say(event["event"], "the event was changed: its hash is not that of what it says")
        if fields_root(digests) != bytes.fromhex(event["root"]):
            self.say(event["event"], "the digests are not those that were logged")
        self.opened += bool(event["open"])
        for name, (salt, value) in event["open"].items():
            if field_digest(name, value, bytes.fromhex(salt)) != digests.get(name):
                self.say(event["event"], f"the field {name} was changed")

    def follow(self, event: dict[str, Any], leaf: bytes) -> None:
        """The chain of a subject; its events may stand in the tree in another order."""
        subject, waiting = event["subject"], self.ahead.setdefault(event["subject"], {})
        if event["seq"] in waiting or event["seq"] <= self.heads.get(subject, (0, NOTHING))[0]:
            self.say(event["event"], f"the chain of subject {subject} has number {event['seq']} twice")
            return
        waiting[event["seq"]] = (bytes.fromhex(event["prev"]), leaf)
        seq, head = self.heads.get(subject, (0, NOTHING))
        while seq + 1 in waiting:
            before, following = waiting.pop(seq + 1)
            if before != head:
                self.say(f"subject {subject}", f"event {seq + 1} does not follow the one before it")
            seq, head = seq + 1, following
        self.heads[subject] = (seq, head)
        if not waiting:
            del self.ahead[subject]

    def finish(self) -> None:
        if self.ended != self.events:
            self.say("bundle", f"it has {self.events} events and should have {self.ended}: it was cut")
        if self.tree.size != self.size:
            self.say("bundle", f"the tree has {self.tree.size} events and should have {self.size}")
        for subject, waiting in self.ahead.items():
            self.say(f"subject {subject}", f"an event before event {min(waiting)} is gone")
        last = 0
        for note in self.notes:
            self.check(note, "checkpoint")
            if note.size < last:
                self.say(f"checkpoint {note.size}", "sizes go backwards")
            last = note.size
        for note in self.outside:
            self.check(note, "your checkpoint")

    def check(self, note: Note, what: str) -> None:
        where = f"{what} {note.size}"
        if not self.keys.signed(note.text):
            self.say(where, "its signature is not good")
        elif note.size > self.tree.size:
            self.say(where, f"the log was cut: it has {self.tree.size} events")
        elif self.roots.get(note.size) != note.root:
            self.say(where, "the tree is another one: history was rewritten")


def check_receipt(receipt: dict[str, Any], keys: Keys, say: Any) -> str:
    """True by itself: signature, fields, place in the tree. Answers the id of its event."""
    proof = receipt["ex:proof"]
    event = proof["ex:event"]
    where = f"receipt of {event['event']}"
    body = {name: value for name, value in receipt.items() if name != "ex:signature"}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    signature = receipt["ex:signature"]
    if not keys.good(signature["ex:keyName"], text, base64.b64decode(signature["ex:value"])):
        say(where, "its signature is not good")
    digests = {name: bytes.fromhex(digest) for name, digest in event["digests"].items()}
    leaf = leaf_hash(event["tenant"], event, fields_root(digests))
    if leaf.hex() != event["leaf"]:
        say(where, "its hash is not that of what it says")
    for name, (salt, value) in event["open"].items():
        if field_digest(name, value, bytes.fromhex(salt)) != digests.get(name):
            say(where, f"the field {name} was changed")
    if "ex:inclusion" in proof:
        check_inclusion(proof["ex:inclusion"], leaf, keys, lambda what: say(where, what))
    return str(event["event"])


def check_inclusion(inclusion: dict[str, Any], leaf: bytes, keys: Keys, say: Any) -> None:
    note = Note(inclusion["checkpoint"])
    path = [bytes.fromhex(part) for part in inclusion["path"]]
    if not keys.signed(note.text):
        say("the checkpoint in it is not signed well")
    if not is_included(leaf, (inclusion["index"], note.size), path, note.root):
        say("its event is not in the tree of that checkpoint")


def verify(options: argparse.Namespace) -> Log:
    trusted, outside, receipts = Keys(), [], []
    for key in options.key:
        trusted.add(key)
    for path in options.checkpoints:
        outside += notes_in(Path(path).read_text(encoding="utf-8"))
    for path in options.receipt:
        receipts.append(json.loads(Path(path).read_text(encoding="utf-8")))
    log = Log(trusted, outside, [receipt["ex:proof"]["ex:event"]["event"] for receipt in receipts])
    with Path(options.bundle).open(encoding="utf-8") as file:
        for line in filter(str.strip, file):
            log.take(json.loads(line))
    log.finish()
    for receipt in receipts:
        event = check_receipt(receipt, log.keys, log.say)
        if log.seen.get(event, b"").hex() != receipt["ex:proof"]["ex:event"]["leaf"]:
            log.say(f"receipt of {event}", "the log does not have this event")
    return log


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    for name in ("--checkpoints", "--receipt", "--key"):
        parser.add_argument(name, action="append", default=[])
    try:
        log = verify(parser.parse_args())
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        sys.stdout.write(f"The input cannot be read: {type(error).__name__}: {error}\n")
        return 2
    counts = {"events": log.events, "opened": log.opened, "checkpoints": len(log.notes), "findings": len(log.findings)}
    keys = {key.hex(): name for key, (name, _) in log.keys.known.items()}
    sys.stdout.write("".join(f"{finding}\n" for finding in log.findings) + json.dumps({**counts, "keys": keys}) + "\n")
    return 1 if log.findings else 0


if __name__ == "__main__":
    sys.exit(main())

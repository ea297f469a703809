"""The bytes of a file in, its `Shape` out (encoding, delimiter, digest, size), read once in flat memory. Leaves no row.

Raises Unusable, with what would be right, for what is no CSV file at all.
"""

import codecs
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

BLOCK = 1 << 20
SAMPLE = 1 << 18  # bytes
LOOKED_AT = 30  # lines of the sample
DELIMITERS = {",": gettext_lazy("Comma"), ";": gettext_lazy("Semicolon"), "\t": gettext_lazy("Tab"), "|": gettext_lazy("Vertical bar")}
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
WIDE = ("utf-16-le", "utf-16-be")
# What else a file from a shop in Europe may be in. The first is what a spreadsheet on Windows writes.
EIGHT_BITS = ("cp1252", "cp1250", "cp850", "mac_roman")
HINT = re.compile(r"sep=(.)\r?$")  # what a spreadsheet may put above the header


class Unusable(Exception):
    """The file cannot be read. The text says why and what would be right; a retry does not help."""


@dataclass(frozen=True)
class Shape:
    encoding: str
    delimiter: str
    digest: str  # SHA-256, hexadecimal
    size: int  # bytes


@dataclass
class _Sight:
    """What one pass over the bytes has shown."""

    digest: str = ""
    size: int = 0
    sample: bytes = b""
    beyond_ascii: bytes = b""
    good: int = 0  # bytes that only make sense as UTF-8
    bad: int = 0  # bytes that make no sense as UTF-8

    @property
    def is_utf8(self) -> bool:
        """A few broken places in a file that is UTF-8 elsewhere are bad rows, not another encoding."""
        return self.bad * 20 < self.good or not self.bad


def look(file: BinaryIO, *, encoding: str = "", delimiter: str = "") -> Shape:
    """The shape of a whole file from its start; what is given is not guessed. Raises Unusable."""
    sight = _see(file)
    _refuse_other_files(sight)
    encoding = MARKS.get(mark_of(sight.sample[:4])) or (_known(encoding) if encoding else _encoding(sight))
    text = _decoded(sight.sample, encoding)
    if not text.strip():
        raise Unusable(_("This file is empty."))
    return Shape(encoding, delimiter or _delimiter(text), sight.digest, sight.size)


def mark_of(start: bytes) -> bytes:
    """The byte order mark that a file begins with; empty without one."""
    return next((mark for mark in MARKS if start.startswith(mark)), b"")


def _see(file: BinaryIO) -> _Sight:
    sight, digest, decoder = _Sight(), sha256(), codecs.getincrementaldecoder("utf-8")("replace")
    while block := file.read(BLOCK):
        digest.update(block)
        sight.size += len(block)
        sight.sample = sight.sample or block[:SAMPLE]
        if not block.isascii():
            _weigh(block, decoder.decode(block), sight)
    sight.digest = digest.hexdigest()
    return sight


def _weigh(block: bytes, text: str, sight: _Sight) -> None:
    bad = text.count("\ufffd")
    sight.bad += bad
    sight.good += max(0, len(block) - len(text) - 2 * bad)
    if len(sight.beyond_ascii) < SAMPLE:
        sight.beyond_ascii += b"\n".join(line for line in block.splitlines() if not line.isascii())[:SAMPLE]


def _refuse_other_files(sight: _Sight) -> None:
    start = sight.sample[:8]
    if not sight.size:
        raise Unusable(_("This file is empty."))
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unusable(_("This is a spreadsheet or an archive, not a CSV file. Save it as “CSV UTF-8” and choose that file."))
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise Unusable(_("This file is compressed. Unpack it first and choose what was in it."))
    if b"\0" in sight.sample and not mark_of(start) and not _wide(sight.sample):
        raise Unusable(_("This is not a text file. Choose a CSV file."))


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: in Western text every second byte is zero."""
    even, odd = sample[:2000:2].count(0), sample[1:2000:2].count(0)
    most = len(sample[:2000]) // 2
    if odd > 0.7 * most and even < 0.1 * most:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * most and odd < 0.1 * most else ""


def _encoding(sight: _Sight) -> str:
    if b"\0" in sight.sample:
        return _wide(sight.sample)
    return "utf-8" if sight.is_utf8 else _eight_bits(sight.beyond_ascii)


def _eight_bits(sample: bytes) -> str:
    best = from_bytes(sample[:BLOCK], cp_isolation=list(EIGHT_BITS), explain=False).best()
    guess = best.encoding if best else EIGHT_BITS[0]
    # Western text looks much the same in all of them: another one than Windows' must earn it.
    return guess if guess != "cp1250" or _reads(sample, "cp1250") > _reads(sample, "cp1252") else "cp1252"


def _reads(sample: bytes, encoding: str) -> int:
    return sum(letter.isalpha() for letter in sample.decode(encoding, "ignore"))


def _known(encoding: str) -> str:
    """The name of an encoding whose lines can be told apart as bytes. Raises Unusable."""
    try:
        codec = codecs.lookup(encoding)
        if codec.name in ("utf-8-sig", "utf-16"):
            return {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}[codec.name]
        if codec.name in WIDE or "a\n".encode(codec.name) == b"a\n":
            return codec.name
    except (LookupError, TypeError, ValueError):
        pass
    raise Unusable(_("The encoding %(name)s is not known here. Use utf-8, utf-16 or windows-1252.") % {"name": encoding})


def _decoded(sample: bytes, encoding: str) -> str:
    return sample[len(mark_of(sample[:4])) :].decode(encoding, "replace")


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the same number of cells, the more the better; a comma when there is one column."""
    lines = re.split(r"\r\n|\n|\r", text)[:LOOKED_AT]
    if hint := HINT.match(lines[0]):
        return hint[1]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: Iterable[str], delimiter: str) -> tuple[float, int]:
    try:
        counts = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
    except csv.Error:
        return 0, 0
    width = counts[0] if counts else 0
    return (sum(count == width for count in counts) / len(counts), width) if width > 1 else (0, 0)

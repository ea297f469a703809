"""A file and a place in it in, its rows out one by one, each with its number and the byte after it, in flat memory. Leaves no row.

A row is a record, as a spreadsheet counts: the header is row 1, a cell with line breaks in it is still one row.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from customers.imports.looking import HINT, WIDE, Shape, Unusable, mark_of

MOST_COLUMNS = 500
LONGEST_LINE = 4_000_000  # bytes
LONGEST_CELL = 131_072  # characters: the limit of Python's csv module for a field


class Row(NamedTuple):
    number: int
    offset: int  # the byte after it: reading goes on here
    cells: list[str]
    fault: str = ""  # why it cannot be read, when it cannot


class NotClosed(Unusable):
    """A quote that opens and does not close: nothing after it can be trusted."""


@dataclass
class _Lines:
    """The lines of a file as text, and how many bytes they took."""

    file: BinaryIO
    encoding: str
    offset: int
    taken: int = 0  # lines
    has_ended: bool = False

    def __iter__(self) -> Iterator[str]:
        self.file.seek(self.offset)
        yield from self._wide() if self.encoding in WIDE else self._narrow()
        self.has_ended = True

    def _narrow(self) -> Iterator[str]:
        decode, name = codecs.lookup(self.encoding).decode, self.encoding
        if name == "utf-8":
            decode = codecs.utf_8_decode
        for line in _cut(self.file):
            self.offset += len(line)
            self.taken += 1
            yield decode(line, "surrogateescape")[0]

    def _wide(self) -> Iterator[str]:
        text = io.TextIOWrapper(self.file, self.encoding, errors="surrogatepass", newline="\n")
        try:
            while line := text.readline(LONGEST_LINE):
                self.offset += len(line.encode(self.encoding, "surrogatepass"))
                self.taken += 1
                yield line
        except UnicodeDecodeError:
            raise Unusable(_("The file ends in the middle of a character: part of it is missing.")) from None
        finally:
            text.detach()


def _cut(file: BinaryIO) -> Iterator[bytes]:
    """Lines as bytes, each with its end. A file of an old Mac has carriage returns only."""
    place = file.tell()
    sample = file.read(65_536)
    file.seek(place)
    if b"\r" in sample and b"\n" not in sample:
        return _by_carriage_return(file)
    return iter(lambda: file.readline(LONGEST_LINE), b"")


def _by_carriage_return(file: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while block := file.read(65_536):
        *lines, rest = (rest + block).split(b"\r")
        yield from (line + b"\r" for line in lines)
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def rows(file: BinaryIO, shape: Shape, *, offset: int = 0, number: int = 0) -> Iterator[Row]:
    """Rows from `offset`, the first of which is row `number` + 1. Raises Unusable when the file cannot be read any further."""
    lines = _Lines(file, shape.encoding, offset or _after_mark(file))
    reader = csv.reader(lines, delimiter=shape.delimiter)
    while True:
        began = lines.taken
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as problem:
            cells, fault = [], str(problem)
        number += 1
        if lines.has_ended or (lines.taken - began > 1 and "field larger" in fault):
            raise NotClosed(_("A quote that opens in row %(row)s does not close. Close it, or take it out.") % {"row": number})
        yield Row(number, lines.offset, cells, fault and _reason(fault))


def header(file: BinaryIO, shape: Shape) -> tuple[list[str], Row]:
    """The names of the columns and the row they stand in. Two with one name become “Name (1)” and “Name (2)”. Raises Unusable."""
    for row in rows(file, shape):
        if row.cells and not HINT.match(shape.delimiter.join(row.cells)):
            return _names(row.cells), row
    raise Unusable(_("This file is empty."))


def beginning(file: BinaryIO, shape: Shape, *, most: int) -> tuple[list[str], list[Row]]:
    """The header and the first rows that hold something. Raises Unusable, also for a file with a header only."""
    names, top = header(file, shape)
    first: list[Row] = []
    for row in rows(file, shape, offset=top.offset, number=top.number):
        if any(map(str.strip, row.cells)):
            first.append(row)
        if len(first) == most:
            break
    if not first:
        raise Unusable(_("This file has a header and no rows under it."))
    return names, first


def _after_mark(file: BinaryIO) -> int:
    file.seek(0)
    return len(mark_of(file.read(4)))


def _reason(fault: str) -> str:
    if "field larger" in fault:
        return _("A cell is longer than %(most)s characters.") % {"most": LONGEST_CELL}
    return _("This row cannot be read: a line break without quotes around its cell.")


def _names(cells: list[str]) -> list[str]:
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise Unusable(_("This file has %(count)s columns; at most %(most)s can be read.") % {"count": len(cells), "most": MOST_COLUMNS})
    names = [cell.strip()[:200] or _("Column %(number)s") % {"number": place} for place, cell in enumerate(cells, 1)]
    return [f"{name} ({names[:place].count(name) + 1})" if names.count(name) > 1 else name for place, name in enumerate(names)]

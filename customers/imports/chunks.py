"""Rows of a file and their checker in, chunks out: what can be taken in, what cannot and why, where to go on. Leaves `BadRow`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from customers.imports.checking import Checker, Fault
from customers.imports.looking import Unusable
from customers.imports.reading import Row
from customers.intake import Item
from customers.models import BadRow, Import
from customers.values import UNSTORABLE

SIZE = 20_000  # rows


@dataclass
class Chunk:
    items: list[Item] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of the row of each item
    faults: list[Fault] = field(default_factory=list)
    refused: dict[int, Fault] = field(default_factory=dict)  # by row
    bad: int = 0  # rows that could not be read
    row: int = 0  # the last one
    offset: int = 0  # the byte after it
    problem: Unusable | None = None  # why reading ended here

    def refuse(self, row: int, reason: str) -> None:
        """A row that could be read, and may not be taken in. Its value is not kept; twice, when the chunk is tried again, is once."""
        self.refused[row] = Fault(row, "", "", reason)

    def keep_faults(self, run: Import) -> None:
        """Writes them down for the page and the error file."""
        BadRow.objects.bulk_create(
            [
                BadRow(of=run, row=row, column=column[:200], value=shown(value)[:200], reason=reason[:300])
                for row, column, value, reason in (*self.faults, *self.refused.values())
            ],
            batch_size=2_000,
        )


def chunks(rows: Iterator[Row], checker: Checker) -> Iterator[Chunk]:
    """A file that cannot be read any further ends in a chunk that says why, with all the rows before that."""
    while True:
        chunk = _fill(Chunk(), rows, checker)
        if not chunk.row:
            if chunk.problem:
                raise chunk.problem
            return
        yield chunk


def one_ahead(coming: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks; while one is being stored a thread reads the next. It never touches the database. Close it before the file."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as reader:
        following = reader.submit(next, coming, None)
        while chunk := following.result():
            following = reader.submit(next, coming, None)
            yield chunk


def _fill(chunk: Chunk, rows: Iterator[Row], checker: Checker) -> Chunk:
    take = chunk.items.append
    try:
        for row in islice(rows, SIZE):
            chunk.row, chunk.offset = row.number, row.offset
            if not (any(row.cells) or row.fault):
                continue  # an empty line
            checked = checker(row)
            if isinstance(checked, Item):
                take(checked)
                chunk.numbers.append(row.number)
            else:
                chunk.faults += checked
                chunk.bad += 1
    except Unusable as problem:
        chunk.problem = problem
    return chunk


def shown(value: str) -> str:
    """With a sign in place of bytes that make no sense in the encoding of the file."""
    return UNSTORABLE.sub("\ufffd", value)

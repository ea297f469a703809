"""Pieces of SQL with their parameters in, one statement out. Text is ours alone; whatever somebody wrote travels as a parameter."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """Text with %s, and what stands in their places."""

    text: str
    params: tuple[Any, ...] = ()

    def within(self, before: str, after: str) -> "Sql":
        return Sql(f"{before}{self.text}{after}", self.params)


def sql(text: str, *params: Any) -> Sql:
    return Sql(text, params)


def join(between: str, pieces: Iterable[Sql]) -> Sql:
    pieces = list(pieces)
    return Sql(between.join(piece.text for piece in pieces), tuple(value for piece in pieces for value in piece.params))


def both(*pieces: Sql) -> Sql:
    """One after the other."""
    return join(" ", pieces)

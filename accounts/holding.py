"""What a table holds of people: said by each model itself, so that erasing and handing over reach every table by construction (DS3).

A model says `holds = …`; a test fails on one that does not (tests/consent/test_coverage.py).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Holding:
    """`columns`: with ids of rows of customers; a row goes when any of them is erased. `texts`: columns in which they may be named.

    `is_exported`: belongs in what a customer gets who asks for everything (Art. 15). `why`: of what is kept, or is nobody's.
    """

    what: str
    columns: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    is_exported: bool = True
    why: str = ""


def of_customer(what: str, *columns: str, is_exported: bool = True) -> Holding:
    """Rows about one customer: they go with them."""
    return Holding(what, columns or ("customer_id",), is_exported=is_exported)


def in_text(what: str, *texts: str) -> Holding:
    """Text as somebody sent it, in which customers may be named: the row goes when it names one who is erased."""
    return Holding(what, texts=texts, is_exported=False)


def kept(what: str, why: str) -> Holding:
    """About a customer, and stays: `why` says what is left of them in it, and on what ground."""
    return Holding(what, why=why, is_exported=False)


def of_colleague(what: str) -> Holding:
    """About who works for the organisation: goes with their membership."""
    return Holding(what, why="of a colleague", is_exported=False)


def nobody(why: str) -> Holding:
    """Nothing about anybody."""
    return Holding("", why=why, is_exported=False)

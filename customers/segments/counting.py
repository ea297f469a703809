"""A rule in; how many match, ten of them, or all their ids out. Each within a limit of time. Leaves no row."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.segments import compiling
from customers.segments.compiling import Compiled
from customers.segments.rule import Rule

FOR_A_PAGE = 10  # seconds
FOR_A_JOB = 600
SAMPLE = 10
QUERY_CANCELLED = "57014"
# Memory for the hashes, no compiler for a statement that runs once. Local to the transaction.
FOR_FEW = {"work_mem": "64MB", "jit": "off"}
# Where whole sets are joined: by hashes. The planner knows nothing of what stands in JSON, guesses low, and would look up a
# million customers one by one, or sort them.
FOR_SETS = {**FOR_FEW, "enable_nestloop": "off", "enable_mergejoin": "off"}


class TookTooLong(Exception):
    """The database was stopped at the limit. A retry may help on a quieter moment; a narrower window always does."""

    def __init__(self, seconds: float) -> None:
        super().__init__(_("This takes longer than %(seconds)s seconds. A shorter window makes it faster.") % {"seconds": f"{seconds:g}"})


class Count(NamedTuple):
    count: int
    ms: float


@contextmanager
def within(seconds: float, joins: dict[str, str] = FOR_SETS) -> Iterator[None]:
    """Statements inside are stopped after so long. Raises TookTooLong; the transaction around can go on."""
    settings = {**joins, "statement_timeout": f"{int(seconds * 1000)}ms"}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in settings))
            before = cursor.fetchone()
            cursor.execute("; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings.items()))
            yield
            cursor.execute("; ".join(f"SET LOCAL {name} = '{value}'" for name, value in zip(settings, before, strict=True)))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != QUERY_CANCELLED:
            raise
        raise TookTooLong(seconds) from error


def count(rule: Rule, *, at: datetime | None = None, seconds: float = FOR_A_PAGE) -> Count:
    """Raises TookTooLong."""
    return count_of(compiling.compile(rule, at=at), seconds=seconds)


def count_of(compiled: Compiled, *, seconds: float = FOR_A_PAGE) -> Count:
    """Raises TookTooLong."""
    with within(seconds), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(f"SELECT count(*) FROM ({compiled.sql}) found", compiled.params)  # noqa: S608 - compiled from a rule
        return Count(cursor.fetchone()[0], round((time.perf_counter() - began) * 1000, 1))


def members(rule: Rule, *, at: datetime | None = None, only: Sequence[int] | None = None, seconds: float = FOR_A_JOB) -> list[int]:
    """Ids of the customers who match, in no order. Raises TookTooLong."""
    compiled = compiling.compile(rule, at=at, only=only)
    with within(seconds, FOR_SETS if only is None else FOR_FEW), connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return [row[0] for row in cursor.fetchall()]


def sample(rule: Rule, *, at: datetime | None = None, seconds: float = FOR_A_PAGE) -> list[Customer]:
    """Ten of those who match, the newest among them. Raises TookTooLong."""
    compiled = compiling.compile(rule, at=at)
    with within(seconds), connection.cursor() as cursor:
        cursor.execute(f"SELECT customer_id FROM ({compiled.sql}) found ORDER BY customer_id DESC LIMIT {SAMPLE}", compiled.params)  # noqa: S608
        ids = [row[0] for row in cursor.fetchall()]
    return sorted(Customer.objects.filter(pk__in=ids), key=lambda customer: -customer.pk)

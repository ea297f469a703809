"""Rows in, a temporary table of them out, gone with the transaction: the way of many rows to one set-based statement.

COPY straight into a table with row security is refused by PostgreSQL; the temporary table has none of its own, carries `tenant_id` for the
statements that read it, and nobody but this transaction sees it.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from msgspec.json import encode

from accounts import tenancy


def stage(table: str, columns: dict[str, str], rows: Iterable[tuple[Any, ...]], *, joins: bool = False) -> int:
    """Fills the temporary table `table` anew; `columns`: name -> type, without tenant_id, which comes first. Answers how many rows.

    A transaction makes each table once: every one that is made holds a place among PostgreSQL's locks until the end, and those run out.

    `joins`: a statement joins it freely, so the planner should know how large it is; not needed where it only drives LATERAL look-ups.
    """
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    tenant_id, count = tenancy.current().pk, 0
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (tenant_id bigint, {typed}) ON COMMIT DROP; TRUNCATE pg_temp.{table}")
        with cursor.copy(f"COPY pg_temp.{table} FROM STDIN") as copy:
            for count, row in enumerate(rows, 1):  # noqa: B007 - counted on the way
                copy.write_row((tenant_id, *row))
        if joins:
            cursor.execute(f"ANALYZE pg_temp.{table}")
    return count


def json(value: Any) -> str:
    """JSON text for a column of type jsonb."""
    return encode(value).decode()


def run(sql: str, parameters: dict[str, Any] | None = None) -> int:
    """Carries out one statement; answers how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenancy.current().pk, **(parameters or {})})
        return cursor.rowcount


def rows(sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Carries out one statement; answers its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenancy.current().pk, **(parameters or {})})
        return cursor.fetchall()

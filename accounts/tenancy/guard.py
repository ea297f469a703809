"""Statements in, errors out: nothing touches a tenant table without a scope."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import DataError, ProgrammingError

from accounts.tenancy import inspection, scoping


def refuse_without_scope(execute: Callable, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper of Django. Raises NoScope for a statement on a tenant table outside `tenancy.scope`."""
    if scoping.is_open() or context["connection"].alias == "owner":
        return execute(sql, params, many, context)
    if isinstance(sql, str) and (table := _tenant_tables().search(sql)):
        raise scoping.NoScope(f"A statement on {table.group()} outside `with tenancy.scope(tenant):`.")
    try:
        return execute(sql, params, many, context)
    except (DataError, ProgrammingError) as error:
        if "app.tenant" in str(error) or 'bigint: ""' in str(error):
            raise scoping.NoScope("The database refused a statement outside `with tenancy.scope(tenant):`.") from error
        raise


@cache
def _tenant_tables() -> re.Pattern[str]:
    names = sorted(model._meta.db_table for model in inspection.tenant_models())
    return re.compile(rf"\b({'|'.join(names)})\b", re.IGNORECASE)

"""Django's PostgreSQL backend plus the guard: a statement that names a tenant table outside a scope is an error, never zero rows."""

from typing import Any

from django.db.backends.postgresql import base

from accounts.tenancy import guard, pool


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute_wrappers.append(guard.refuse_without_scope)
        if pool_options := self.settings_dict["OPTIONS"].get("pool"):
            pool_options.setdefault("reset", pool.forget)

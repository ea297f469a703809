"""A tenant in, a transaction behind its wall out: inside `scope(tenant)` the database shows and takes that tenant's rows only."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import connections, transaction

from accounts.tenancy import inspection

if TYPE_CHECKING:
    from accounts.models import Tenant

_scoped: ContextVar["Tenant | None"] = ContextVar("tenant", default=None)


class NoScope(Exception):
    """Tenant data was asked for outside `tenancy.scope(tenant)`. A mistake in the code; a retry does not help."""


class OtherScope(Exception):
    """A scope was opened inside the scope of another tenant. A mistake in the code; a retry does not help."""


@contextmanager
def scope(tenant: "Tenant", *, using: str = "default") -> Iterator["Tenant"]:
    """One transaction in which the row security of PostgreSQL lets through the rows of `tenant` only.

    The setting is local to the transaction (`SET LOCAL`), so nothing of it is left on a pooled connection. A scope of the
    same tenant may be nested. Raises OtherScope inside the scope of another tenant, and WallBroken when the database would
    not keep the tenants apart (looked at once a process).
    """
    outer = _scoped.get()
    if outer is not None and outer.pk != tenant.pk:
        raise OtherScope(f"The scope of tenant {outer.pk} is still open; close it before opening that of tenant {tenant.pk}.")
    if using == "default":
        inspection.check_once(connections[using])
    with transaction.atomic(using=using):
        _set_local(using, str(tenant.pk))
        token = _scoped.set(tenant)
        try:
            yield tenant
        finally:
            _scoped.reset(token)
    _restore(using, outer)


def current() -> "Tenant":
    """The tenant of the open scope. Raises NoScope without one."""
    tenant = _scoped.get()
    if tenant is None:
        raise NoScope("There is no tenant here: open `with tenancy.scope(tenant):` first.")
    return tenant


def is_open() -> bool:
    return _scoped.get() is not None


def _set_local(using: str, value: str) -> None:
    # SET LOCAL, not set_config(): the latter stays on the coordinator of a distributed PostgreSQL. `value` is digits or empty.
    with connections[using].cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant = '{value}'")


def _restore(using: str, outer: "Tenant | None") -> None:
    """After an inner scope the transaction may go on; a released savepoint leaves the setting behind (measured)."""
    if connections[using].in_atomic_block:
        _set_local(using, str(outer.pk) if outer else "")

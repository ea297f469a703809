"""A write in, done on a connection of its own while a long transaction stands open on this one; leaves whatever the write leaves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from accounts import tenancy
from accounts.models import Tenant


def write(tenant: Tenant, work: Callable[..., None], *arguments: Any) -> None:
    """Carries out `work` in the scope of the tenant, committed when this returns. Raises what it raises."""
    with ThreadPoolExecutor(1, thread_name_prefix="aside") as other:
        other.submit(_in_scope, tenant, work, arguments).result()


def _in_scope(tenant: Tenant, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    try:
        with tenancy.scope(tenant):
            work(*arguments)
    finally:
        connections.close_all()

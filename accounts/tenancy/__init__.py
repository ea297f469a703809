"""The wall between tenants: `scope(tenant)` opens it for one tenant, row security in PostgreSQL keeps it, tests prove it."""

from accounts.tenancy.scoping import NoScope, OtherScope, current, is_open, scope

__all__ = ["NoScope", "OtherScope", "current", "is_open", "scope"]

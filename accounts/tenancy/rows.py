"""What a table behind the wall inherits: the tenant column, a manager that filters by it, keys that cannot point across it."""

from typing import Any

from django.db import models
from django.db.models import DO_NOTHING

from accounts.tenancy import public_ids, scoping


class TenantQuerySet(models.QuerySet):
    """Questions about rows of one tenant; new rows get the tenant of the open scope."""

    def create(self, **values: Any) -> models.Model:
        return super().create(**{"tenant": scoping.current(), **values})

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> list[models.Model]:
        objs = list(objs)
        for row in objs:
            row.claim()
        return super().bulk_create(objs, *args, **options)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):
    """Filters by tenant as well as the wall does: for plans and for readers. Raises NoScope outside a scope."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(tenant_id=scoping.current().pk)

    @classmethod
    def of(cls, queryset: type[models.QuerySet]) -> "TenantManager":
        return cls.from_queryset(queryset)()


class TenantModel(models.Model):
    """A row behind the wall. The database's primary key is (tenant_id, id), made by `EnableTenantWall`."""

    # A plain column: no foreign key leaves the tenant's own tables, so that they can be distributed by tenant.
    tenant = models.ForeignKey("accounts.Tenant", DO_NOTHING, db_constraint=False, db_index=False, related_name="+", editable=False)

    objects = TenantManager()
    is_behind_wall = True

    class Meta:
        abstract = True

    def claim(self) -> None:
        """Gives a new row the tenant of the open scope. A row of another tenant is left for the database to refuse."""
        if self.tenant_id is None:
            self.tenant = scoping.current()

    def save(self, **options: Any) -> None:
        self.claim()
        super().save(**options)

    @property
    def public_id(self) -> str:
        """The id as it may leave the system: it tells nothing of how many rows other tenants have."""
        return public_ids.encode(scoping.current(), self.pk)


class TenantForeignKey(models.ForeignKey):
    """A reference inside one tenant. `EnableTenantWall` makes it a composite key (tenant_id, x_id) in the database."""

    def __init__(self, to: Any, on_delete: Any = DO_NOTHING, **options: Any) -> None:
        super().__init__(to, on_delete, **{"db_constraint": False, "db_index": False, **options})


def of_user(**options: Any) -> models.ForeignKey:
    """A plain column with the id of a user: a global row, so without a constraint (see `TenantModel.tenant`)."""
    to: str = "accounts.User"
    return models.ForeignKey(to, DO_NOTHING, db_constraint=False, db_index=False, related_name="+", **options)

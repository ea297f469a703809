"""An organisation that leaves, in; all its rows as files, and then nothing of it in any table, out (Art. 28(3)(g) GDPR; RT7).

Taking away is done as the owner of the tables: the serving role may not remove what is append-only, and nothing else should be able to.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from accounts import tenancy
from accounts.models import Brand, Tenant
from accounts.tenancy import inspection

# Both are of one tenant: row security holds for the owner too.
READ = 'SELECT to_jsonb(t) FROM "{table}" t'
DELETE = 'DELETE FROM "{table}"'
USERS = "DELETE FROM accounts_tenant_users WHERE tenant_id = %s"
TENANT = "DELETE FROM accounts_tenant WHERE id = %s"
FOLDERS = ("tenants/{id}", "packages/{id}")
FILES = ("erasures/{id}.jsonl", "checkpoints/{slug}/checkpoints.txt")


class StillThere(Exception):
    """Rows of an organisation that was removed. The text says where."""


def export(tenant: Tenant, folder: Path) -> dict[str, int]:
    """A file of JSON lines a table; answers how many rows of each. Bytes stand in hexadecimal, as PostgreSQL writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for table in _tables():
        with tenancy.scope(tenant), (folder / f"{table}.jsonl").open("w", encoding="utf-8") as file:
            counts[table] = _write(table, file)
    return counts


def remove(tenant: Tenant) -> dict[str, int]:
    """Every row of it, in one transaction, and its files; answers how many rows of each table. Raises StillThere and keeps all then."""
    files = list(_files(tenant))
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant = '{tenant.pk}'")
        counts = _left(cursor)
        _empty(cursor)
        cursor.execute(USERS, [tenant.pk])
        cursor.execute(TENANT, [tenant.pk])
        if left := _left(cursor):
            raise StillThere(", ".join(f"{table}: {count}" for table, count in left.items()))
    for path in files:
        path.unlink(missing_ok=True)
    return counts


def _tables() -> list[str]:
    return [model._meta.db_table for model in inspection.tenant_models()]


def _write(table: str, file: Any) -> int:
    count = 0
    with connections["default"].cursor() as cursor:
        cursor.execute(READ.format(table=table))
        for (row,) in cursor:
            file.write((row if isinstance(row, str) else json.dumps(row)) + "\n")
            count += 1
    return count


def _empty(cursor: Any) -> None:
    """What is append-only refuses the owner as well: its triggers rest meanwhile. References are looked at when all is gone."""
    for table in _tables():
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in _tables():
        cursor.execute(DELETE.format(table=table))
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in _tables():
        cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _left(cursor: Any) -> dict[str, int]:
    left = {}
    for table in _tables():
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - the name of a table of ours
        if count := cursor.fetchone()[0]:
            left[table] = count
    return left


def _files(tenant: Tenant) -> Iterator[Path]:
    """Those that its rows name, and those that stand under its number or address."""
    root, names = Path(settings.MEDIA_ROOT), {"id": tenant.pk, "slug": tenant.slug}
    with tenancy.scope(tenant):
        yield from (Path(brand.logo.path) for brand in Brand.objects.exclude(logo=""))
    for folder in FOLDERS:
        yield from (path for path in (root / folder.format(**names)).rglob("*") if path.is_file())
    yield from (root / file.format(**names) for file in FILES)

"""A connection in, a list of faults of the wall out: what the start-up check, `manage check_wall` and the tests look at."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

POLICIES = ("tenant_rows", "tenant_only")
CONDITION = "(tenant_id = (current_setting('app.tenant'::text))::bigint)"

# One row for the role in use: may it walk around row security?
ROLE = """
SELECT current_user, rolsuper, rolbypassrls, rolcreaterole,
       EXISTS (SELECT FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
                 AND pg_has_role(r.oid, c.relowner, 'MEMBER')),
       EXISTS (SELECT FROM pg_roles o WHERE (o.rolsuper OR o.rolbypassrls) AND o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER'))
  FROM pg_roles r WHERE rolname = current_user
"""

# One row a table of the schema: row security on, forced, the columns of its primary key.
TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM pg_index i, unnest(i.indkey::int[]) WITH ORDINALITY AS k(attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
         WHERE i.indrelid = c.oid AND i.indisprimary)
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""

# One row a policy: table, name, permissive or not, command, whom it is for, USING and WITH CHECK as PostgreSQL prints them.
POLICY = """
SELECT tablename, policyname, permissive, cmd, roles::text[], qual, with_check FROM pg_policies WHERE schemaname = 'public'
"""

# One row a unique index: table, name, its first column.
UNIQUE = """
SELECT c.relname, i.indexrelid::regclass::text, a.attname
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
 WHERE i.indisunique
"""

# One row a foreign key: table, name, its columns, the table it points at, the columns there.
FOREIGN = """
SELECT t.relname, k.conname, r.relname,
       (SELECT array_agg(a.attname::text ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY AS p(attnum, place)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.attnum),
       (SELECT array_agg(a.attname::text ORDER BY p.place) FROM unnest(k.confkey) WITH ORDINALITY AS p(attnum, place)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.attnum)
  FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
 WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace
"""

# What else could open a door: views without security_invoker, readable materialised views, definer functions without a search_path.
DOORS = """
SELECT format('View %s has no security_invoker.', c.relname) FROM pg_class c
 WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
   AND NOT coalesce(c.reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false)
UNION ALL
SELECT format('The app role can read the materialised view %s.', c.relname) FROM pg_class c
 WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'SELECT')
UNION ALL
SELECT format('Function %s is SECURITY DEFINER without a search_path.', p.proname) FROM pg_proc p
 WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
   AND NOT coalesce(array_to_string(p.proconfig, ',') LIKE '%search_path=%', false)
UNION ALL
SELECT format('The app role may truncate %s.', c.relname) FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'TRUNCATE')
"""


_stands = False


class WallBroken(ImproperlyConfigured):
    """The database would not keep tenants apart. Portret refuses to work on it; the message says what to repair."""


def check_once(connection: Any) -> None:
    """Before the first scope of a process: raises WallBroken for a role or a database behind which the wall does not stand."""
    global _stands
    if _stands:
        return
    faults = role_faults(connection) + wall_faults(connection)
    if faults:
        raise WallBroken("Portret does not work on this database. " + " ".join(faults))
    _stands = True


def tenant_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if getattr(model, "is_behind_wall", False)]


def role_faults(connection: Any) -> list[str]:
    """Why the role of this connection must not run Portret (privacy.md §4.2). `connection`: of psycopg or Django."""
    name, is_super, bypasses, creates_roles, owns, may_become = _rows(connection, ROLE)[0]
    faults = {
        f"DATABASE_URL's role {name} is a superuser.": is_super,
        f"DATABASE_URL's role {name} has BYPASSRLS.": bypasses,
        f"DATABASE_URL's role {name} may create roles.": creates_roles,
        f"DATABASE_URL's role {name} owns tables, or is a member of the role that does.": owns,
        f"DATABASE_URL's role {name} is a member of a role that is a superuser or has BYPASSRLS.": may_become,
    }
    return [fault for fault, holds in faults.items() if holds][: 1 if is_super else None]


# One row a table that has tenant_id (partitions too) and a row of which the app role may touch without row security.
OPEN_TABLES = """
SELECT format('Table %s has tenant_id and no forced row security.', c.relname)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
   AND c.relname NOT IN ('accounts_tenant_users') AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
"""

# One row a table that was made append-only and no longer is, given as an array of names.
CHANGEABLE = """
SELECT 'Rows of ' || c.relname || ' can be changed or removed.' FROM pg_class c
 WHERE c.relname = ANY (%s) AND c.relnamespace = 'public'::regnamespace
   AND (has_table_privilege(c.oid, 'UPDATE, DELETE')
        OR NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only' AND t.tgenabled <> 'D'))
"""


# One row a table that only functions of the database write, given as an array of names, and that the app role may write directly.
WRITABLE = """
SELECT 'The app role may write rows of ' || c.relname || ' past its functions.' FROM pg_class c
 WHERE c.relname = ANY (%s) AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
"""


def wall_faults(connection: Any) -> list[str]:
    """Every place where the database would not keep tenants apart, one sentence each; an empty list is a wall that stands."""
    tables = {model._meta.db_table: model for model in tenant_models()}
    return [
        *_table_faults(_rows(connection, TABLES), tables),
        *_policy_faults(_rows(connection, POLICY), tables),
        *_unique_faults(_rows(connection, UNIQUE), tables),
        *_foreign_faults(_rows(connection, FOREIGN), tables),
        *(fault for (fault,) in _rows(connection, DOORS) + _rows(connection, OPEN_TABLES)),
        *_marked(connection, CHANGEABLE, tables, "is_append_only"),
        *_marked(connection, WRITABLE, tables, "is_written_by_function"),
    ]


def _marked(connection: Any, sql: str, tables: dict[str, type[Model]], mark: str) -> list[str]:
    """The faults that `sql` finds in the tables whose model has this mark."""
    names = [name for name, model in tables.items() if getattr(model, mark, False)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [names])
        return [fault for (fault,) in cursor.fetchall()]


def _rows(connection: Any, sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _table_faults(rows: list[tuple], tables: dict[str, type[Model]]) -> list[str]:
    found = {name: state for name, *state in rows}
    faults = [f"Table {name} is missing." for name in tables if name not in found]
    for name in tables.keys() & found.keys():
        is_on, is_forced, key = found[name]
        if not (is_on and is_forced):
            faults.append(f"Row security of {name} is not enabled and forced.")
        if (key or [])[:1] != ["tenant_id"]:
            faults.append(f"The primary key of {name} does not start with tenant_id.")
    return faults


def _policy_faults(rows: list[tuple], tables: dict[str, type[Model]]) -> list[str]:
    """Each table has the two policies, and no policy of any name is wider than its own tenant."""
    faults = []
    for name in tables:
        policies = {row[1]: row for row in rows if row[0] == name}
        faults += [f"Policy {policy} of {name} is missing." for policy in POLICIES if policy not in policies]
        faults += [f"Policy {row[1]} of {name} is not the tenant condition." for row in policies.values() if not _is_tight(row)]
    return faults


def _is_tight(row: tuple) -> bool:
    _table, name, permissive, command, roles, using, check = row
    kind = {"tenant_rows": "PERMISSIVE", "tenant_only": "RESTRICTIVE"}.get(name)
    return using == CONDITION and check == CONDITION and (command, roles, permissive) == ("ALL", ["public"], kind)


def _unique_faults(rows: list[tuple], tables: dict[str, type[Model]]) -> list[str]:
    return [
        f"Unique index {index} of {table} does not start with tenant_id."
        for table, index, first in rows
        if table in tables and first != "tenant_id"
    ]


def _foreign_faults(rows: list[tuple], tables: dict[str, type[Model]]) -> list[str]:
    faults, kept = [], set()
    for table, name, target, columns, there in rows:
        if table not in tables:
            continue
        if columns[0] != "tenant_id" or there[0] != "tenant_id" or target not in tables:
            faults.append(f"Foreign key {name} of {table} can point across tenants.")
        kept.add((table, columns[-1]))
    for table, model in tables.items():
        missing = [f for f in model._meta.local_fields if _points_inside(f) and (table, f.column) not in kept]
        faults += [f"Column {field.column} of {table} has no composite foreign key." for field in missing]
    return faults


def _points_inside(field: Any) -> bool:
    return bool(field.is_relation and field.related_model in tenant_models())

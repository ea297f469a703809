"""A model in, its wall in the database out: the migration operations that every tenant table goes through."""

from typing import Any

from django.db import connections
from django.db.migrations.operations.base import Operation

# The same condition in both policies, permissive and restrictive: a distributed PostgreSQL copies a restrictive policy as
# permissive, and `current_setting` without a default is loud when no scope is open (docs/decisions/0002).
CONDITION = "tenant_id = current_setting('app.tenant')::bigint"
POLICIES = {"tenant_rows": "PERMISSIVE", "tenant_only": "RESTRICTIVE"}
ON_DELETE = {"CASCADE": "ON DELETE CASCADE", "PROTECT": "", "RESTRICT": "", "DO_NOTHING": "", "SET_NULL": "ON DELETE SET NULL ({column})"}


class OnTable(Operation):
    """An operation on the table of one model that Django's idea of the model knows nothing of."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass


class EnableTenantWall(OnTable):
    """Puts a table behind the wall: primary key (tenant_id, id), row security forced, two policies, composite foreign keys.

    Safe to repeat: run it again after a `TenantForeignKey` has been added. The table must be empty or small the first time,
    which a table that has just been made is.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for statement in [_primary_key(model), *_foreign_keys(model), *_row_security(model)]:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for policy in POLICIES:
            schema_editor.execute(f'DROP POLICY IF EXISTS {policy} ON "{table}"')
        # Without its wall nobody but the owner touches the table.
        schema_editor.execute(f'REVOKE ALL ON "{table}" FROM "{connections["default"].settings_dict["USER"]}"')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY')

    def describe(self) -> str:
        return f"Put {self.model_name} behind the tenant wall"

    @property
    def migration_name_fragment(self) -> str:
        return f"wall_{self.model_name.lower()}"


class AppendOnly(OnTable):
    """Rows may be added and read, never changed or removed: by privilege first, by trigger second."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        app_role = connections["default"].settings_dict["USER"]
        for statement in [REFUSE_CHANGE, APPEND_ONLY.format(table=table, app_role=app_role)]:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f'DROP TRIGGER IF EXISTS append_only ON "{table}"')

    def describe(self) -> str:
        return f"Make {self.model_name} append-only"


# Raises for any UPDATE or DELETE, whoever asks.
REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN RAISE EXCEPTION 'Rows of % are never changed or removed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""
APPEND_ONLY = """
REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{app_role}";
DROP TRIGGER IF EXISTS append_only ON "{table}";
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def _primary_key(model: Any) -> str:
    table = model._meta.db_table
    return f"""
DO $$ BEGIN
  IF (SELECT array_length(conkey, 1) FROM pg_constraint WHERE conrelid = '"{table}"'::regclass AND contype = 'p') = 1 THEN
    ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (tenant_id, id);
  END IF;
END $$"""  # noqa: S608 - the name of a table of ours


def _row_security(model: Any) -> list[str]:
    table = model._meta.db_table
    statements = [f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY']
    for policy, kind in POLICIES.items():
        statements.append(f'DROP POLICY IF EXISTS {policy} ON "{table}"')
        statements.append(f'CREATE POLICY {policy} ON "{table}" AS {kind} USING ({CONDITION}) WITH CHECK ({CONDITION})')
    return statements


def _foreign_keys(model: Any) -> list[str]:
    fields = [field for field in model._meta.local_fields if field.is_relation and _has_tenant(field.related_model)]
    return [_foreign_key(model._meta.db_table, field) for field in fields]


def _has_tenant(model: Any) -> bool:
    return any(field.name == "tenant" for field in model._meta.local_fields)


def _foreign_key(table: str, field: Any) -> str:
    """Validation reads both tables as their owner, without a scope: forced row security is lifted for it, inside the transaction."""
    target = field.related_model._meta.db_table
    then = ON_DELETE[field.remote_field.on_delete.__name__].format(column=field.column)
    name = f"{table}_{field.column}_in_tenant"
    return f"""
ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "{target}" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}";
ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (tenant_id, {field.column})
  REFERENCES "{target}" (tenant_id, id) {then} DEFERRABLE INITIALLY IMMEDIATE NOT VALID;
ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}";
ALTER TABLE "{target}" FORCE ROW LEVEL SECURITY;
ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY"""

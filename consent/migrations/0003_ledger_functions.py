"""The log of consent is written by functions of the database only: the serving role reads its tables and may call these.

And a table for the outcomes of looking through the whole log.
"""

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, migrations, models

from accounts.tenancy.wall import EnableTenantWall

TABLES = ["subject", "subjectkey", "ledgerevent", "evidence", "ledgerinbox", "leaf", "node", "checkpoint"]
APPEND_ONLY = ["ledgerevent", "leaf", "node", "checkpoint"]
FUNCTIONS = [
    "consent_add_subjects(bigint[], uuid[], bytea[])",
    "consent_add_tenant_subject(uuid, bytea)",
    "consent_lock(bigint[])",
    "consent_keys(bigint[])",
    "consent_append(bigint[], uuid[], bytea[], bytea[], boolean[])",
    "consent_sequence(integer)",
    "consent_root(bigint)",
    "consent_checkpoint(bigint, timestamptz, text)",
    "consent_redact(uuid[], bytea[])",
    "consent_shred(bigint[])",
    "consent_rekey(bigint[], bytea[])",
    "consent_rewrap(bigint[], bytea[])",
]
column = partial(models.ForeignKey, db_constraint=False, db_index=False, on_delete=models.DO_NOTHING, related_name="+")
SQL = (Path(__file__).parent / "0003_ledger_functions.sql").read_text()


def grant(apps: Any, schema_editor: Any) -> None:
    role = f'"{connections["default"].settings_dict["USER"]}"'
    for table in TABLES:
        schema_editor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON consent_{table} FROM {role}")
    for table in APPEND_ONLY:
        schema_editor.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON consent_{table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for function in FUNCTIONS:
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")


def take_back(apps: Any, schema_editor: Any) -> None:
    role = f'"{connections["default"].settings_dict["USER"]}"'
    for table in TABLES:
        rights = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE, DELETE"
        schema_editor.execute(f"GRANT {rights} ON consent_{table} TO {role}")
    for table in APPEND_ONLY:
        schema_editor.execute(f"DROP TRIGGER never_emptied ON consent_{table}")
    for function in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {function}")


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_wall"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunPython(grant, take_back),
        migrations.CreateModel(
            name="LedgerCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("total", models.BigIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0)),
                ("locked", models.BigIntegerField(default=0)),
                ("found", models.IntegerField(default=0)),
                ("findings", models.JSONField(default=list)),
                ("asked_by", column(null=True, to=settings.AUTH_USER_MODEL)),
                ("tenant", column(editable=False, to="accounts.tenant")),
            ],
            options={
                "verbose_name": "check of the consent log",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)), fields=("tenant",), name="one_ledger_check_at_a_time"
                    )
                ],
            },
        ),
        EnableTenantWall("LedgerCheck"),
    ]

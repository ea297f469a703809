"""Two things the serving role may do to subjects of the log and no more: hold them still, and cut their link to a customer."""

from typing import Any

from django.db import connections, migrations

# Locks these subjects until the commit, in order of id. The wall holds inside: the scope is the caller's.
HOLD_STILL = """
CREATE FUNCTION consent_hold_still(ids bigint[]) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM (
    SELECT id FROM public.consent_subject
     WHERE tenant_id = current_setting('app.tenant')::bigint AND id = ANY(ids) ORDER BY id FOR SHARE) held
$$
"""

# Cuts the link of these subjects to anybody: what is left is a random number, with proof that only the key still opens.
CUT = """
CREATE FUNCTION consent_cut(subjects bigint[]) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  touched integer;
BEGIN
  PERFORM public.consent_lock(subjects);
  UPDATE public.consent_subject SET customer_id = NULL
   WHERE tenant_id = current_setting('app.tenant')::bigint AND id = ANY (subjects) AND NOT is_tenant;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$
"""
FUNCTIONS = ("consent_hold_still(bigint[])", "consent_cut(bigint[])")


def grant(apps: Any, schema_editor: Any) -> None:
    role = connections["default"].settings_dict["USER"]
    for function in FUNCTIONS:
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        schema_editor.execute(f'GRANT EXECUTE ON FUNCTION {function} TO "{role}"')


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_ledger_functions")]
    operations = [
        migrations.RunSQL(HOLD_STILL, "DROP FUNCTION consent_hold_still(bigint[])"),
        migrations.RunSQL(CUT, "DROP FUNCTION consent_cut(bigint[])"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]

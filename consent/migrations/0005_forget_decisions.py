"""Decisions of the gate are never changed, and go when their term is over: through one function, for the serving role may not."""

from typing import Any

from django.db import connections, migrations

# The trigger stays, and lets this one function through. Who may call it may remove nothing that is younger than a year.
TRIGGER = """
DROP TRIGGER append_only ON consent_decision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consent_decision FOR EACH STATEMENT
WHEN (current_setting('consent.forgetting', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION refuse_change()
"""
BACK = """
DROP TRIGGER append_only ON consent_decision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consent_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# Removes decisions made before then, so many at most; answers how many.
FORGET = """
CREATE FUNCTION consent_forget_decisions(before timestamptz, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine constant bigint := current_setting('app.tenant')::bigint;
  touched integer;
BEGIN
  PERFORM set_config('consent.forgetting', 'on', true);
  DELETE FROM public.consent_decision WHERE tenant_id = mine AND id IN (
    SELECT id FROM public.consent_decision WHERE tenant_id = mine AND at < LEAST(before, clock_timestamp() - interval '1 year') LIMIT most);
  GET DIAGNOSTICS touched = ROW_COUNT;
  PERFORM set_config('consent.forgetting', 'off', true);
  RETURN touched;
END $$
"""
NAME = "consent_forget_decisions(timestamptz, integer)"


def grant(apps: Any, schema_editor: Any) -> None:
    role = connections["default"].settings_dict["USER"]
    schema_editor.execute(f"REVOKE ALL ON FUNCTION {NAME} FROM PUBLIC")
    schema_editor.execute(f'GRANT EXECUTE ON FUNCTION {NAME} TO "{role}"')


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_hold_still")]
    operations = [
        migrations.RunSQL(TRIGGER, BACK),
        migrations.RunSQL(FORGET, f"DROP FUNCTION {NAME}"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]

"""Puts the tables of this room behind the tenant wall, parents first; what was published, decided and logged becomes append-only."""

from django.db import migrations

from accounts.tenancy.wall import AppendOnly, EnableTenantWall

TABLES = [
    *("Purpose", "PurposeVersion", "Notice", "Subject", "SubjectKey", "LedgerEvent", "Evidence", "LedgerInbox", "Leaf", "Node"),
    *("SigningKey", "Checkpoint", "CheckpointCopy", "ConsentState", "Hold", "Frequency", "Suppression", "Pepper", "Decision"),
    *("ConsentForm", "ConsentFormVersion", "PendingConsent", "ViewCode", "RightsRequest", "AccessPackage", "Erasure"),
    *("RetentionRule", "TransparencyVersion"),
]
APPEND_ONLY = ["Notice", "LedgerEvent", "Leaf", "Node", "Checkpoint", "Decision", "ConsentFormVersion", "Erasure", "TransparencyVersion"]

# A published version of a purpose is what people said yes to: nobody changes or removes it.
PUBLISHED = """
CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.published_at IS NOT NULL THEN
    RAISE EXCEPTION 'A published version of a purpose is never changed or removed.' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER published BEFORE UPDATE OR DELETE ON consent_purposeversion FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published()
"""

# Purposes and their versions point at each other: the key that the first pointer needs comes before both walls.
FIRST_KEY = """
ALTER TABLE consent_purposeversion DROP CONSTRAINT consent_purposeversion_pkey,
  ADD CONSTRAINT consent_purposeversion_pkey PRIMARY KEY (tenant_id, id)
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_consent")]
    operations = [
        migrations.RunSQL(FIRST_KEY, migrations.RunSQL.noop),
        *(EnableTenantWall(table) for table in TABLES),
        *(AppendOnly(table) for table in APPEND_ONLY),
        migrations.RunSQL(PUBLISHED, "DROP TRIGGER published ON consent_purposeversion; DROP FUNCTION refuse_change_of_published"),
    ]

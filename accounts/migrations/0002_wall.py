"""Puts the tables of this room behind the tenant wall; the audit log becomes append-only."""

from django.db import migrations

from accounts.tenancy.wall import AppendOnly, EnableTenantWall

TABLES = ["Membership", "Invitation", "ApiKey", "AuditEntry", "LegalIdentity", "Brand", "SenderIdentity"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_accounts")]
    operations = [*(EnableTenantWall(table) for table in TABLES), AppendOnly("AuditEntry")]

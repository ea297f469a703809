"""Puts what erased customers were known by behind the tenant wall."""

from django.db import migrations

from accounts.tenancy.wall import EnableTenantWall


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_erased")]
    operations = [EnableTenantWall("ErasedIdentifier")]

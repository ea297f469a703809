"""Puts what says for which purposes a customer may be seen behind the tenant wall."""

from django.db import migrations

from accounts.tenancy.wall import EnableTenantWall


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_purposes")]
    operations = [EnableTenantWall("PurposeDefault"), EnableTenantWall("Visibility")]

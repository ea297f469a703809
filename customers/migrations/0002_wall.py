"""Puts the tables of this room behind the tenant wall, parents first; saved rules become append-only."""

from django.db import migrations

from accounts.tenancy.wall import AppendOnly, EnableTenantWall

TABLES = [
    *("Source", "Customer", "Attribute", "EventType", "Product"),
    *("Identifier", "Merge", "SourceRecord", "UndeclaredKey", "Event", "SourceDay", "InboxBatch", "QuarantinedItem"),
    *("Segment", "SegmentVersion", "SegmentMember", "SegmentChange", "Import", "BadRow", "Touch", "Score", "LifecycleRule"),
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_customers")]
    operations = [
        *(EnableTenantWall(table) for table in TABLES),
        AppendOnly("SegmentVersion"),
        # A batch is written once, read once and removed: packing it would cost more than the room it takes.
        migrations.RunSQL("ALTER TABLE customers_inboxbatch ALTER COLUMN body SET STORAGE EXTERNAL", migrations.RunSQL.noop),
    ]

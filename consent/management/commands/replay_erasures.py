"""After a restore: erases again whom the backup brought back, from the journal beside the files."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import tenancy
from accounts.models import Tenant
from consent.rights import erasing


class Command(BaseCommand):
    help = "Erases again whom a restored backup brought back. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        for tenant in Tenant.objects.order_by("pk"):
            with tenancy.scope(tenant):
                self.stdout.write(f"{tenant.slug}: {erasing.replay()} erased again")

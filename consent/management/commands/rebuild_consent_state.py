"""Throws away what every customer allows now, and makes it anew from the log alone; says how many states there are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import tenancy
from accounts.models import Tenant
from consent import folding, projection


class Command(BaseCommand):
    help = "Makes the state of consent anew from the log, for one organisation or for all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="", help="the address of the organisation; without it, all of them")

    def handle(self, *args: Any, tenant: str, **options: Any) -> None:
        tenants = Tenant.objects.filter(slug=tenant) if tenant else Tenant.objects.order_by("pk")
        for each in tenants:
            with tenancy.scope(each):
                states = folding.rebuild()
                projection.everybody()
            self.stdout.write(f"{each.slug}: {states} states")

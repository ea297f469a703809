"""`manage ledger_rewrap [--give-up-lost]`: puts every key of the consent log under today's SECRET_KEY, so that a fallback can go."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import tenancy
from accounts.models import Tenant
from consent.ledger import rewrapping


class Command(BaseCommand):
    help = "Wraps the keys of the consent log anew. Exit code 1 while there are keys that no SECRET_KEY opens."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--give-up-lost", action="store_true", help="replace keys that nothing opens: their evidence is lost for good")

    def handle(self, *args: Any, **options: Any) -> None:
        still_lost = 0
        for tenant in Tenant.objects.order_by("slug"):
            with tenancy.scope(tenant):
                outcome = rewrapping.rewrap(gives_up=options["give_up_lost"])
            self.stdout.write(f"{tenant.slug}: {outcome.rewrapped} keys rewrapped, {outcome.lost} that nothing opens")
            still_lost += 0 if options["give_up_lost"] else outcome.lost
        if still_lost:
            sys.exit(1)

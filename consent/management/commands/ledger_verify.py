"""`manage ledger_verify [--tenant SLUG]`: looks through the whole consent log and prints what does not add up; exit code 1 if anything."""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import tenancy
from accounts.models import Tenant
from consent.ledger import verifying


class Command(BaseCommand):
    help = "Verifies the consent log of one tenant, or of all. The last line is a summary in JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="the address of one organisation (its slug)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.filter(slug=options["tenant"]) if options["tenant"] else Tenant.objects.all()
        started, totals = time.perf_counter(), {"tenants": 0, "events": 0, "opened": 0, "locked": 0, "findings": 0}
        for tenant in tenants.order_by("slug"):
            self._verify(tenant, totals)
        self.stdout.write(json.dumps({**totals, "seconds": round(time.perf_counter() - started, 2)}))
        if totals["findings"] or not totals["tenants"]:
            sys.exit(1)

    def _verify(self, tenant: Tenant, totals: dict[str, int]) -> None:
        with tenancy.scope(tenant):
            found = verifying.verify()
        for finding in found.findings:
            self.stdout.write(f"{tenant.slug}: {finding.code} {finding.where}: {finding.what}")
        counts = {"tenants": 1, "events": found.events, "opened": found.opened, "locked": found.locked, "findings": found.count}
        for name, count in counts.items():
            totals[name] += count

"""`manage ledger_export --tenant SLUG FILE`: writes the whole consent log as a bundle that anybody can verify (docs/verify.md)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit, tenancy
from accounts.audit import SYSTEM, Action
from accounts.models import Tenant
from consent.ledger import bundle


class Command(BaseCommand):
    help = "Exports the consent log of a tenant, with everything in it that can still be read, as JSON lines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the address of the organisation (its slug)")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no organisation with this address.")
        with options["file"].open("w", encoding="utf-8") as file:
            file.writelines(bundle.lines(tenant))
        with tenancy.scope(tenant):
            audit.record(SYSTEM, Action.LEDGER_EXPORTED)
        self.stdout.write(f"{options['file']}")

"""Looks whether the database keeps tenants apart; exits with 1 and says what is wrong when it does not."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection

from accounts.tenancy import inspection


class Command(BaseCommand):
    help = "Checks row security, policies, keys and the role behind the tenant wall."

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        faults = inspection.role_faults(connection) + inspection.wall_faults(connection)
        if faults:
            raise CommandError("The tenant wall does not stand. " + " ".join(faults))
        if options["verbosity"]:
            self.stdout.write(f"The wall stands around {len(inspection.tenant_models())} tables.")

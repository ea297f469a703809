"""Hands an organisation that leaves all its rows as files, and then removes everything of it. Prints JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts import leaving
from accounts.models import Tenant


class Command(BaseCommand):
    help = "Exports an organisation to a folder; with --remove and its address once more, removes everything of it for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the address of the organisation")
        parser.add_argument("--export", required=True, type=Path, metavar="FOLDER")
        parser.add_argument("--remove", default="", metavar="ADDRESS", help="the address once more: nothing brings it back")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no organisation {options['tenant']}.")
        exported = leaving.export(tenant, options["export"])
        if options["remove"] and options["remove"] != tenant.slug:
            raise CommandError("The two addresses differ: nothing was removed.")
        removed = leaving.remove(tenant) if options["remove"] else {}
        self.stdout.write(
            json.dumps({"exported": sum(exported.values()), "removed": sum(removed.values()), "folder": str(options["export"])})
        )

"""Takes in consents with their proof: `manage import_consents --tenant acme --purpose newsletter --channel email --evidence PDF FILE …`."""

import csv
import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts import spreadsheets, tenancy
from accounts.audit import SYSTEM
from accounts.models import Tenant
from consent import importing
from consent.importing import Fault, Order, Tell
from consent.models import Channel
from customers.imports import receiving
from customers.imports.looking import Unusable


class Command(BaseCommand):
    help = "Takes in what customers chose elsewhere, with the proof of it. The last line is a JSON summary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV with a row for each choice")
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the address of the organisation")
        parser.add_argument("--source", required=True, help="short name or name of the source; made when there is none")
        parser.add_argument("--purpose", required=True, help="key of a purpose in force")
        parser.add_argument("--channel", required=True, choices=Channel.values)
        parser.add_argument("--evidence", metavar="FILE", help="what proves it; its SHA-256 goes into the log, the file stays with you")
        parser.add_argument("--map", action="append", default=[], metavar="TARGET=COLUMN", help=f"TARGET: {', '.join(importing.TARGETS)}")
        parser.add_argument("--errors", metavar="FILE", help="write the rows that do not stand, with the reason, to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no organisation with the address {options['tenant']!r}.")
        began = time.perf_counter()
        try:
            outcome = self._taken_in(tenant, options)
        except (Unusable, OSError) as problem:
            raise CommandError(" ".join(str(problem).split())) from None
        seconds = round(time.perf_counter() - began, 2)
        self.stdout.write(json.dumps({**vars(outcome), "seconds": seconds}, ensure_ascii=False))

    def _taken_in(self, tenant: Tenant, options: dict[str, Any]) -> importing.Outcome:
        evidence = ""
        if options["evidence"]:
            with Path(options["evidence"]).open("rb") as file:
                evidence = importing.fingerprint(file)
        else:
            self.stderr.write("Without --evidence every yes is kept as unknown: nothing may be sent for it.", self.style.WARNING)
        with tenancy.scope(tenant):
            purpose = importing.purpose_for(options["purpose"], options["channel"])
            source = receiving.source_called(options["source"], actor=SYSTEM)
        order = Order(purpose, options["channel"], source, self._mapping(options["map"]), evidence, "command")
        with Path(options["file"]).open("rb") as file, _told(options["errors"]) as tell:
            return importing.take_in(tenant, file, order, tell=tell, actor=SYSTEM)

    def _mapping(self, pairs: list[str]) -> dict[str, str]:
        said = [pair.partition("=") for pair in pairs]
        if bad := next((target for target, equals, column in said if not (target and equals and column)), None):
            raise CommandError(f"Write --map as TARGET=COLUMN, such as --map email=E-mail; not {bad!r}.")
        return {target.strip(): column.strip() for target, _, column in said}


@contextmanager
def _told(path: str | None) -> Iterator[Tell]:
    """Writes each row that does not stand to this file, if there is to be one."""
    if not path:
        yield lambda fault: None
        return
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Fault._fields)
        yield lambda fault: writer.writerow([spreadsheets.safe(value) for value in fault])

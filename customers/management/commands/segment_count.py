"""Counts whom a rule finds: `manage segment_count --tenant acme rule.json` (or `-`), last line {"count": …, "ms": …}."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import tenancy
from accounts.models import Tenant
from customers import values
from customers.segments import counting, sentences
from customers.segments.counting import FOR_A_JOB, TookTooLong
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rule", help="a file with a rule as JSON, or - for standard input")
        parser.add_argument("--tenant", required=True, help="the address of the organisation, such as acme")
        parser.add_argument("--at", default="", help="count as it was at this moment, such as 1998-07-01 or 1998-07-01T12:00")

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no organisation {options['tenant']!r}.")
        raw, at = _read(options["rule"]), _moment(options["at"], tenant)
        with tenancy.scope(tenant):
            try:
                rule = parse(raw, Vocabulary.load())
                found = counting.count(rule, at=at, seconds=FOR_A_JOB)
            except BadRule as bad:
                raise CommandError("\n".join(map(str, bad.faults))) from None
            except TookTooLong as late:
                raise CommandError(str(late)) from None
            self.stdout.write(sentences.say(rule))
        self.stdout.write(json.dumps({"count": found.count, "ms": found.ms}))


def _read(name: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"The rule cannot be read: {error}") from None


def _moment(said: str, tenant: Tenant) -> datetime | None:
    try:
        return values.instant(said, tenant.zone) if said else None
    except values.BadValue as bad:
        raise CommandError(str(bad)) from None

"""A file on disk in, its rows taken in in the foreground, the JSON summary out: what the commands for imports share. Leaves an `Import`."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import OperationalError

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import Tenant
from customers.imports import mapping, receiving, rejects, running
from customers.imports.looking import Unusable
from customers.models import Import, Source


class ImportCommand(BaseCommand):
    """Exit status 0 when the file was read to its end, whatever became of single rows; 1 with one line for what cannot be used."""

    kind: Import.Kind

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the address of the organisation")
        parser.add_argument("--source", required=True, help="short name or name of the source; made when there is none")
        parser.add_argument("--map", action="append", default=[], metavar="TARGET=COLUMN", help="without: guessed from the header")
        parser.add_argument("--encoding", default="", help="without: found out")
        parser.add_argument("--delimiter", default="", help="one character, or tab; without: found out")
        parser.add_argument("--errors", metavar="FILE", help="write the rows that were not taken in to this CSV file")
        parser.add_argument("--dry-run", action="store_true", help="count what would happen, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no organisation with the address {options['tenant']!r}.")
        began = time.perf_counter()
        try:
            run = self._prepared(tenant, options)
            self._carried_out(tenant, run)
        except (Unusable, OSError, OperationalError) as problem:
            raise CommandError(" ".join(str(problem).split())) from None
        self._write_errors(tenant, run, options["errors"])
        if run.status == Import.Status.FAILED:
            raise CommandError(f"{run.message} Taken in up to row {run.row}: {run.new} new, {run.changed} changed, {run.bad} bad.")
        self.stdout.write(json.dumps(self._summary(tenant, run, time.perf_counter() - began), ensure_ascii=False))

    def values(self, options: dict[str, Any]) -> dict[str, Any]:
        """What this kind of import has of its own."""
        return {}

    def _prepared(self, tenant: Tenant, options: dict[str, Any]) -> Import:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        if len(delimiter) > 1:
            raise CommandError(f"The delimiter is one character or tab, not {delimiter!r}.")
        with tenancy.scope(tenant):
            run = Import(kind=self.kind, is_dry_run=options["dry_run"], **self.values(options))
            receiving.from_disk(run, options["file"], encoding=options["encoding"], delimiter=delimiter)
            self._map(run, options)
            run.source = self._source(options["source"])
            _refuse(mapping.too_telling(run.mapping, run.source))
            running.begin(run)
            receiving.note_start(run, SYSTEM)
        return run

    def _source(self, name: str) -> Source:
        before = Source.objects.count()
        source = receiving.source_called(name, actor=SYSTEM)
        if Source.objects.count() > before:
            self.stderr.write(f"Made the source {source.name!r} ({source.slug}).", self.style.NOTICE)
        return source

    def _map(self, run: Import, options: dict[str, Any]) -> None:
        pairs = [said.partition("=") for said in options["map"]]
        if bad := next((target for target, equals, column in pairs if not (target and equals and column)), None):
            raise CommandError(f"Write --map as TARGET=COLUMN, such as --map email=E-mail; not {bad!r}.")
        chosen = {target.strip(): column.strip() for target, _, column in pairs} or receiving.suggested(run)
        if not pairs:
            self.stderr.write("Columns: " + ", ".join(f"{target}={column}" for target, column in chosen.items()), self.style.NOTICE)
        _refuse(receiving.use(run, chosen, currency=options.get("currency") or ""))

    def _carried_out(self, tenant: Tenant, run: Import) -> None:
        bar = _Bar(run) if sys.stderr.isatty() else None
        try:
            running.carry_out(tenant, run, watch=bar.show if bar else lambda run: None)
        except KeyboardInterrupt:
            running.stop(tenant, run)
            raise CommandError(f"Stopped after row {run.row}. What is in stays in.") from None
        finally:
            if bar:
                bar.end()

    def _write_errors(self, tenant: Tenant, run: Import, path: str | None) -> None:
        if path:
            with Path(path).open("w", encoding="utf-8", newline="") as file:
                file.writelines(rejects.lines(tenant, run))

    def _summary(self, tenant: Tenant, run: Import, seconds: float) -> dict[str, Any]:
        counts = {name: getattr(run, name) for name in ("rows", "new", "changed", "unchanged", "bad")}
        pace = round(run.rows / seconds) if seconds else 0
        how = {"encoding": run.encoding, "delimiter": run.delimiter, "mapping": run.mapping, **run.options}
        with tenancy.scope(tenant):
            return {
                **counts,
                "seconds": round(seconds, 2),
                "rows_per_second": pace,
                "dry_run": run.is_dry_run,
                "import": run.public_id,
                **how,
            }


def _refuse(wrong: list[mapping.Wrong]) -> None:
    if wrong:
        raise CommandError(" ".join(str(one.reason) for one in wrong))


class _Bar:
    """One line on a terminal: rows, rate, time left."""

    def __init__(self, run: Import) -> None:
        self.began = time.perf_counter()

    def show(self, run: Import) -> None:
        seconds = time.perf_counter() - self.began
        left = seconds / max(run.offset, 1) * (run.size - run.offset)
        part = 100 * run.offset // max(run.size, 1)
        sys.stderr.write(f"\r{run.rows:>12,} rows  {part:>3}%  {run.rows / seconds:>9,.0f} rows/s  {left:>5.0f} s left ")
        sys.stderr.flush()

    def end(self) -> None:
        sys.stderr.write("\n")

"""Files of rows for the tests of imports, and an import of one that is carried out on the spot."""

import csv
import io
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import tenancy
from accounts.audit import SYSTEM
from customers.imports import receiving, running
from customers.models import Import


def text_of(header: str, *rows: str) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def upload(data: bytes, name: str = "klanten.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/csv")


def handed_in(data: bytes, *, kind: str = Import.Kind.CUSTOMERS, mapping: dict[str, str] | None = None, **values: Any) -> Import:
    """An import of this file that waits. Runs in a scope."""
    source = receiving.source_called(values.pop("source", "Shop"), actor=SYSTEM)
    file = ContentFile(data, name="klanten.csv")
    currency = values.pop("currency", "")
    run = receiving.receive(Import(kind=kind, source=source, **values), file)
    assert not receiving.use(run, mapping or run.mapping, currency=currency)
    run.wait_again(is_dry_run=run.is_dry_run, from_start=True)
    return run


def taken_in(tenant: Any, data: bytes, **values: Any) -> Import:
    """The same, carried out to its end."""
    with tenancy.scope(tenant):
        run = handed_in(data, **values)
    running.take_turn(tenant, run.pk)
    with tenancy.scope(tenant):
        return Import.objects.get(pk=run.pk)


def counts(run: Import) -> tuple[int, int, int, int]:
    return run.new, run.changed, run.unchanged, run.bad


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path

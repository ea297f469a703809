"""Where the bytes of an import are: in the storage of files when it was handed in on a page, where a colleague keeps it for the command."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.imports.looking import Shape, Unusable
from customers.models import Import

FOLDER = "imports"
KEPT = timedelta(days=7)  # after the import is over: long enough to look at its errors, no longer (GDPR Art. 5(1)(e))
FORGOTTEN_DRAFT = timedelta(days=30)  # an upload that was never started, or an import that failed and was left


def keep(file: File) -> str:
    """Stores an uploaded file; answers its path in the storage. What it was called does not matter there."""
    return default_storage.save(f"{FOLDER}/{uuid4().hex}.csv", file)


@contextmanager
def opened(run: Import) -> Iterator[BinaryIO]:
    """The file of an import. Raises Unusable when it is gone, or is not what it was when it was looked at."""
    try:
        with Path(run.path).open("rb") if Path(run.path).is_absolute() else default_storage.open(run.path) as file:
            if run.size and file.seek(0, 2) != run.size:
                raise Unusable(_("The file has changed since it was handed in. Hand it in again."))
            file.seek(0)
            yield file
    except FileNotFoundError:
        raise Unusable(_("The file is no longer here. Hand it in again: rows that are in already are not taken in twice.")) from None


def is_kept(run: Import) -> bool:
    return bool(run.path) and (Path(run.path).exists() if Path(run.path).is_absolute() else default_storage.exists(run.path))


def shape_of(run: Import) -> Shape:
    return Shape(run.encoding, run.delimiter, run.digest, run.size)


def forget(*, kept: timedelta = KEPT) -> int:
    """Removes the files of imports that are over for so long, and says so in their rows. Runs in the scope of a tenant."""
    now = timezone.now()
    over = Import.objects.filter(status__in=(Import.Status.DONE, Import.Status.CANCELLED), finished_at__lt=now - kept)
    left = Import.objects.filter(status__in=(Import.Status.DRAFT, Import.Status.FAILED), created_at__lt=now - FORGOTTEN_DRAFT)
    gone = [run for run in (over | left).exclude(path="") if not Path(run.path).is_absolute()]
    for run in gone:
        default_storage.delete(run.path)
    return Import.objects.filter(pk__in=[run.pk for run in gone]).update(path="")

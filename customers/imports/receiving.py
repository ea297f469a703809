"""A file in; out an `Import` that knows how it is read and what its columns seem to be, and waits for a colleague's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.text import slugify

from accounts import audit
from accounts.audit import Action, Actor
from accounts.models import User
from customers import catalogue
from customers.imports import looking, mapping, reading, storing
from customers.imports.looking import Unusable
from customers.imports.reading import Row
from customers.models import Import, Segment, Source

SAMPLE = 1_000  # rows that are looked at to suggest what columns are


@dataclass(frozen=True)
class Beginning:
    """What the first rows of a file show."""

    names: list[str]
    rows: list[Row]
    targets: list[mapping.Target]


def receive(run: Import, file: File) -> Import:
    """Keeps an uploaded file and looks at it. Raises Unusable, and keeps nothing then."""
    run.name, run.path = file.name[-200:], storing.keep(file)
    try:
        look(run)
    except Unusable:
        default_storage.delete(run.path)
        raise
    run.mapping = suggested(run)
    run.save()
    return run


def look(run: Import, *, encoding: str = "", delimiter: str = "") -> None:
    """Finds out how the file is to be read; what is given is not guessed. Raises Unusable. Does not save."""
    run.size = 0
    with storing.opened(run) as file:
        shape = looking.look(file, encoding=encoding, delimiter=delimiter)
        reading.beginning(file, shape, most=1)
    run.encoding, run.delimiter, run.digest, run.size = shape.encoding, shape.delimiter, shape.digest, shape.size


def beginning(run: Import) -> Beginning:
    """The columns, the first rows, and what a column may be. Raises Unusable."""
    with storing.opened(run) as file:
        names, rows = reading.beginning(file, storing.shape_of(run), most=SAMPLE)
    event_type = catalogue.event_types().get(run.event_type) if run.kind == Import.Kind.EVENTS else None
    return Beginning(names, rows, mapping.targets(run.kind, event_type))


def suggested(run: Import) -> dict[str, str]:
    seen = beginning(run)
    return mapping.suggest(seen.names, seen.rows, seen.targets)


def use(run: Import, chosen: dict[str, str], *, currency: str = "") -> list[mapping.Wrong]:
    """Gives the import its mapping; answers what is wrong with it, and keeps it only when nothing is. Does not save."""
    seen = beginning(run)
    wrong = mapping.faults(chosen, seen.names, run.kind, seen.targets)
    if not wrong:
        run.mapping = chosen
        month = mapping.month_first(chosen, seen.names, seen.rows, seen.targets)
        run.options = {**({"currency": currency} if currency else {}), **({"month_first": month} if month else {})}
    return wrong


def source_called(name: str, *, actor: Actor) -> Source:
    """The source with this short name or name; made, for files, when there is none."""
    slug = slugify(name)[:40] or "files"
    known = Source.objects.filter(slug=slug).first() or Source.objects.filter(name=name).first()
    return known or _new_source(name, slug, actor)


def _new_source(name: str, slug: str, actor: Actor) -> Source:
    source = Source.objects.create(name=name[:60], slug=slug, kind=Source.Kind.FILE)
    audit.record(actor, Action.SOURCE_CREATED, source, after=audit.values_of(source, "name", "slug", "kind"))
    return source


def list_called(name: str, *, by: User | None, actor: Actor) -> Segment:
    """The segment with this name that is an uploaded list; made when there is none."""
    known = Segment.objects.in_use().filter(name=name, kind=Segment.Kind.LIST).first()
    if known:
        return known
    segment = Segment.objects.create(name=name, kind=Segment.Kind.LIST, created_by=by)
    audit.record(actor, Action.SEGMENT_CREATED, segment, after=audit.values_of(segment, "name", "kind"))
    return segment


def note_start(run: Import, actor: Actor) -> None:
    """One line in the audit log: who lets which file in, and as what."""
    audit.record(actor, Action.IMPORT_STARTED, run, after=_said_of(run, ("kind", "event_type", "is_dry_run", "mapping", "digest", "size")))


def _said_of(run: Import, fields: Sequence[str]) -> dict[str, Any]:
    return {**audit.values_of(run, *fields), "source": str(run.source)}


def from_disk(run: Import, path: str, *, encoding: str = "", delimiter: str = "") -> None:
    """As `receive`, for a file that stays where it is. Raises Unusable."""
    run.name, run.path = Path(path).name[-200:], str(Path(path).resolve())
    look(run, encoding=encoding, delimiter=delimiter)

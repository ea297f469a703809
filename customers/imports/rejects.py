"""An import in; out a CSV of its rows that were not taken in: number, column, value, reason, and the row itself while the file is kept."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from accounts import spreadsheets, tenancy
from accounts.models import Tenant
from customers.imports import reading, storing
from customers.imports.chunks import shown
from customers.imports.looking import Unusable
from customers.imports.reading import Row
from customers.models import BadRow, Import

BATCH = 2_000
Said = tuple[int, str, str, str]


def lines(tenant: Tenant, run: Import) -> Iterator[str]:
    """Lines of CSV. Opens the scope of the tenant batch by batch: the answer is written after the view has ended."""
    columns = [_("Row"), _("Column"), _("Value"), _("Reason")]
    faults = _faults(tenant, run)
    if not storing.is_kept(run):
        yield from spreadsheets.csv_of(columns, map(list, faults))
        return
    with storing.opened(run) as file:
        shape = storing.shape_of(run)
        names, top = reading.header(file, shape)
        rows = reading.rows(file, shape, offset=top.offset, number=top.number)
        yield from spreadsheets.csv_of([*columns, *map(shown, names)], _beside(faults, rows))


def _faults(tenant: Tenant, run: Import) -> Iterator[Said]:
    last = (0, 0)
    while True:
        with tenancy.scope(tenant):
            batch = list(
                BadRow.objects.filter(of=run, row__gte=last[0])
                .exclude(row=last[0], pk__lte=last[1])
                .order_by("row", "pk")
                .values_list("pk", "row", "column", "value", "reason")[:BATCH]
            )
        yield from (one[1:] for one in batch)
        if len(batch) < BATCH:
            return
        last = (batch[-1][1], batch[-1][0])


def _beside(faults: Iterable[Said], rows: Iterator[Row]) -> Iterator[list]:
    """Both go by row number: one walk through each. Where the file can be read no further the faults go on alone."""
    row = Row(0, 0, [])
    for fault in faults:
        while row.number < fault[0] and (following := _next(rows)):
            row = following
        yield [*fault, *(map(shown, row.cells) if row.number == fault[0] else [])]


def _next(rows: Iterator[Row]) -> Row | None:
    try:
        return next(rows, None)
    except Unusable:
        return None

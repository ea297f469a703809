"""An ordered queryset and a place in it in, one page out: by keyset, so page 1,000 costs what page 1 does."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import tenancy
from accounts.tenancy import public_ids

SIZE = 50


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the addresses (query strings) of the neighbours; empty where there is none."""

    rows: list
    previous: str
    next: str


def newest_first(rows: QuerySet, request: HttpRequest, *, size: int = SIZE) -> Page:
    """`?before=ID` goes to older rows, `?after=ID` back to newer ones. A place that makes no sense shows the first page."""
    before, after = _place(request, "before"), _place(request, "after")
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        shown, newer, older = found[:size][::-1], len(found) > size, True
    else:
        found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: size + 1])
        shown, newer, older = found[:size], before is not None, len(found) > size
    return Page(
        shown,
        _link(request, after=shown[0].public_id) if shown and newer else "",
        _link(request, before=shown[-1].public_id) if shown and older else "",
    )


def _place(request: HttpRequest, name: str) -> int | None:
    try:
        return public_ids.decode(tenancy.current(), request.GET.get(name, ""))
    except public_ids.NotAnId:
        return None


def _link(request: HttpRequest, **place: str) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update(place)
    return f"?{query.urlencode()}"

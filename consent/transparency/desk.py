"""The published page and the register in, what a colleague needs to publish the next version out. Leaves no row."""

from typing import NamedTuple

from consent.models import Purpose, TransparencyVersion
from consent.register import listing
from consent.register.comparing import Difference
from consent.register.completeness import Fault
from consent.register.content import sha256
from consent.transparency import comparing, content, publishing, truth


class Told(NamedTuple):
    """Customers of a purpose who must be told of a change (Art. 13(3))."""

    title: str
    customers: int


class Desk(NamedTuple):
    """`tell`: of the version in force; `would_tell`: of the one that would be published now."""

    published: TransparencyVersion | None
    seal: str
    has_changed: bool
    changes: Difference
    missing: list[Fault]
    drift: list[str]
    tell: list[Told]
    would_tell: list[Told]


def look() -> Desk:
    published, draft = publishing.newest(), content.now()
    said = publishing.said(published)
    return Desk(
        published=published,
        seal=sha256(draft),
        has_changed=said != draft,
        changes=comparing.difference(said, draft),
        missing=content.missing(),
        drift=truth.drift(),
        tell=_told(published.content.get(publishing.TELL, []) if published else []),
        would_tell=_told(comparing.concerned(said, draft)),
    )


def _told(keys: list[str]) -> list[Told]:
    if not keys:
        return []
    counted = listing.customers()
    purposes = Purpose.objects.filter(key__in=keys).select_related("version")
    return [Told(str(purpose), counted.get(purpose.key, 0)) for purpose in purposes]

"""A purpose in, all of it for its pages out: what is in force, what the draft lacks, what each version changed. Leaves no row."""

from itertools import pairwise
from typing import NamedTuple

from accounts.models import User
from consent.models import Purpose, PurposeVersion
from consent.register import comparing, drafts, listing, publishing, uses
from consent.register.comparing import Difference
from consent.register.completeness import Fault
from consent.register.uses import Uses

MOST = 50


class Compared(NamedTuple):
    version: PurposeVersion
    difference: Difference


class Record(NamedTuple):
    """`shown`: what is in force, or else the draft."""

    shown: PurposeVersion | None
    state: tuple[str, str]
    customers: int | None
    draft: PurposeVersion | None
    obstacles: list[Fault]
    changes: Difference
    versions: list[Compared]
    uses: Uses


class Preview(NamedTuple):
    """What publishing does. `reaches`: why customers should be asked anew."""

    draft: PurposeVersion | None
    seal: str
    obstacles: list[Fault]
    changes: Difference
    reaches: list[str]
    customers: int | None


def of(purpose: Purpose, *, by: User) -> Record:
    draft = drafts.of(purpose)
    shown = purpose.version or draft
    return Record(
        shown=shown,
        state=listing.state(shown) if shown else ("draft", ""),
        customers=listing.customers().get(purpose.key) if purpose.version else None,
        draft=draft,
        obstacles=publishing.obstacles(draft, by=by) if draft else [],
        changes=_changes(purpose, draft),
        versions=versions(purpose),
        uses=uses.of([purpose.key])[purpose.key],
    )


def preview(purpose: Purpose, *, by: User) -> Preview:
    draft = drafts.of(purpose)
    return Preview(
        draft=draft,
        seal=publishing.seal_of(draft) if draft else "",
        obstacles=publishing.obstacles(draft, by=by) if draft else [],
        changes=_changes(purpose, draft),
        reaches=comparing.reaches_further(purpose.version, draft) if draft and purpose.version else [],
        customers=listing.customers().get(purpose.key) if purpose.version else None,
    )


def versions(purpose: Purpose) -> list[Compared]:
    """The published ones, newest first, each with what it changed against the one before."""
    rows = PurposeVersion.objects.filter(purpose=purpose, published_at__isnull=False).select_related("published_by", "purpose")
    found = list(rows.order_by("-number")[: MOST + 1])
    return [Compared(after, comparing.difference(before, after)) for after, before in pairwise([*found, None])][:MOST]


def _changes(purpose: Purpose, draft: PurposeVersion | None) -> Difference:
    return comparing.difference(purpose.version, draft) if draft else Difference([], [])

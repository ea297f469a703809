"""What a colleague asks of blocked addresses in; counts, what stands for one address, and blocks set or lifted by hand, out.

There is no list of addresses, and none can be made: only who has an address can ask whether it is blocked.
"""

from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Action, Actor
from accounts.models import User
from consent import suppressions
from consent.models import Channel, Suppression
from consent.suppressions import PHONES, Kind

FOR_GOOD = (Kind.ERASED, Kind.COMPLAINT)  # only the customer's own confirmed yes lifts these (DS9, BC3)


class Total(NamedTuple):
    kind: str
    channel: str
    count: int


class Block(NamedTuple):
    """What a colleague asks for. `address`: a domain, for kind "domain"."""

    address: str
    kind: str
    channel: str
    note: str = ""


class Standing(NamedTuple):
    """A block that stands for an address; `why_not`: what keeps a colleague from lifting it, "" when nothing does."""

    row: Suppression
    kind: str
    channel: str
    why_not: str


def totals() -> list[Total]:
    """How many stand, by kind and channel."""
    counted = Suppression.objects.standing().order_by("kind", "channel").values_list("kind", "channel").annotate(count=Count("pk"))
    return [Total(Kind(kind).label, Channel(channel).label, count) for kind, channel, count in counted]


def domains() -> QuerySet:
    """They name an organisation, not somebody: these can be listed."""
    return Suppression.objects.standing().filter(kind=Kind.DOMAIN).select_related("by")


def look_up(address: str, *, actor: Actor) -> list[Standing]:
    """What stands for it, its domain included. Raises ValueError for what is no address. The audit log keeps that, not whom."""
    found = suppressions.find(address, channel_of(address))
    audit.record(actor, Action.ADDRESS_SEARCHED, after={"kind": str(channel_of(address)), "found": len(found)})
    return [Standing(row, row.get_kind_display(), row.get_channel_display(), why_not(row)) for row in found]


def why_not(row: Suppression) -> str:
    if row.kind == Kind.ERASED:
        return _("The customer asked to be erased. Only they can come back, by confirming a form.")
    if row.kind == Kind.COMPLAINT:
        return _("The customer marked a mail as spam. Only their own confirmed yes lifts this.")
    return ""


def block(wanted: Block, *, by: User, actor: Actor) -> None:
    """By hand: an address, or a whole domain. Once is enough. Raises ValueError."""
    how = {"channel": wanted.channel, "by": by, "note": wanted.note}
    if wanted.kind == Kind.DOMAIN:
        suppressions.add(wanted.address, wanted.kind, **how)
    else:
        digest = suppressions.digest(wanted.address, channel_of(wanted.address))
        suppressions.add_digests([digest], wanted.kind, **how)
    said = {"kind": wanted.kind, "channel": wanted.channel, **_domain(wanted.kind, wanted.address)}
    audit.record(actor, Action.ADDRESS_BLOCKED, after=said)


def lift(row: Suppression, *, by: User, actor: Actor) -> bool:
    """False when it does not stand any more, or is not a colleague's to lift."""
    if not suppressions.lift([row], by=by):
        return False
    audit.record(actor, Action.ADDRESS_FREED, before={"kind": row.kind, "channel": row.channel, **_domain(row.kind, row.domain)})
    return True


def channel_of(address: str) -> str:
    """A phone number has no @ and no letters; all else is looked at as an e-mail address."""
    return Channel.EMAIL if "@" in address or any(letter.isalpha() for letter in address) else Channel.PHONE


def channels_of(address: str) -> tuple[str, ...]:
    """Those that such an address can be blocked for."""
    return (Channel.ALL, Channel.EMAIL) if channel_of(address) == Channel.EMAIL else (Channel.ALL, *PHONES)


def _domain(kind: str, domain: str) -> dict[str, Any]:
    return {"domain": domain.strip().lower().lstrip("@")} if kind == Kind.DOMAIN else {}

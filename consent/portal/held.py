"""A customer in; everything held about them, each thing with where from, since when, what for, who gets it and when it goes, out (TP8)."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, F, Max
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, Membership
from consent.models import Purpose
from consent.portal import wording
from consent.rights import correcting
from customers import provenance, scores
from customers.models import Attribute, Customer, Event, Identifier, LifecycleRule, Score, Segment, SegmentMember, SegmentVersion
from customers.provenance import Fact, Saying

LOOKS = 20  # of colleagues, on the page


class Held(NamedTuple):
    """`value` is as it is stored, of `attribute`; `others`: what was said before or by others, and lost; `older`: how many more."""

    name: str
    attribute: Attribute | None
    value: Any
    source: str
    since: datetime
    uses: list[str]
    receivers: list[str]
    goes: str
    others: list[Saying] = []
    older: int = 0
    key: str = ""  # by which it can be taken away; "" for what a customer is known by


class Thought(NamedTuple):
    """`what`: "scores" or "segment-…", by which it can be objected to; `purpose`: the key of the purpose it serves, if any."""

    name: str
    value: str
    because: list[str]
    uses: list[str]
    what: str
    purpose: str


class Done(NamedTuple):
    name: str
    times: int
    last_at: datetime
    uses: list[str]
    goes: str


class Look(NamedTuple):
    at: datetime
    who: str  # roles, never a name


class Everything(NamedTuple):
    facts: list[Held]
    identifiers: list[Held]
    more_identifiers: int
    undeclared: list[Held]
    thoughts: list[Thought]
    done: list[Done]
    looks: list[Look]

    @property
    def events(self) -> int:
        return sum(each.times for each in self.done)


class Uses:
    """What a purpose is called and who gets data for it, by its key: of all live purposes in one query."""

    def __init__(self) -> None:
        live = Purpose.objects.live().select_related("version")
        self.versions = {purpose.key: purpose.version for purpose in live}

    def titles(self, keys: list[str]) -> list[str]:
        return [self.versions[key].title for key in keys if key in self.versions]

    def receivers(self, keys: list[str]) -> list[str]:
        names = [each["name"] for key in keys if key in self.versions for each in self.versions[key].recipients if each.get("name")]
        return list(dict.fromkeys(names))


def everything(customer: Customer) -> Everything:
    rows, uses = provenance.rows_of(customer), Uses()
    facts, known = provenance.facts(rows), provenance.identifiers(rows)
    return Everything(
        facts=[_fact(each, uses) for each in facts if each.attribute],
        identifiers=[_identifier(each) for each in known.shown],
        more_identifiers=known.more,
        undeclared=[_fact(each, uses) for each in facts if not each.attribute],
        thoughts=_thoughts(customer, rows, uses),
        done=_done(customer, uses),
        looks=_looks(rows),
    )


def facts(customer: Customer) -> list[Held]:
    """Values, also those in no catalogue."""
    uses = Uses()
    return [_fact(each, uses) for each in provenance.facts(provenance.rows_of(customer))]


def thought(customer: Customer, what: str) -> Thought | None:
    """One of them."""
    return next((each for each in _thoughts(customer, provenance.rows_of(customer), Uses()) if each.what == what), None)


def _thoughts(customer: Customer, rows: list[int], uses: Uses) -> list[Thought]:
    return [*_scores(customer, uses), *_segments(rows, uses)]


def _fact(fact: Fact, uses: Uses) -> Held:
    attribute = fact.attribute
    keys = attribute.purposes if attribute else []
    return Held(
        name=attribute.label if attribute else fact.key,
        attribute=attribute,
        value=fact.won.value,
        source=_("yourself, on these pages") if fact.won.source == correcting.NAME else fact.won.source,
        since=fact.won.at,
        uses=uses.titles(keys),
        receivers=uses.receivers(keys),
        goes=_goes(fact.won.at, attribute.kept_days if attribute else None),
        others=fact.lost,
        older=fact.older,
        key=fact.key,
    )


def _identifier(known: Identifier) -> Held:
    kind = str(Identifier.Kind(known.kind).label)
    return Held(kind, None, known.value, str(known.source), known.seen_at, [_("To know that it is you")], [], "")


def _scores(customer: Customer, uses: Uses) -> list[Thought]:
    score = Score.objects.filter(customer=customer).first()
    if score is None:
        return []
    rule = LifecycleRule.objects.first()
    titles = uses.titles([rule.purpose]) if rule and rule.purpose else [_("An overview for ourselves")]
    purpose = rule.purpose if rule else ""
    return [Thought(_("How you buy"), str(score.get_lifecycle_display()), scores.explain(score), titles, "scores", purpose)]


def _segments(rows: list[int], uses: Uses) -> list[Thought]:
    members = provenance.memberships(rows)
    newest = SegmentVersion.objects.filter(segment__in=[each.segment_id for each in members], number=F("segment__version"))
    versions = {version.segment_id: version for version in newest}
    return [_segment(each, versions.get(each.segment_id), uses) for each in members]


def _segment(member: SegmentMember, version: SegmentVersion | None, uses: Uses) -> Thought:
    segment = member.segment
    since = _("Since %(date)s") % {"date": formats.date_format(timezone.localtime(member.since), "DATE_FORMAT")}
    reason = _("You stood on a list that was uploaded.") if segment.kind == Segment.Kind.LIST else _in_words(version)
    titles = uses.titles([segment.purpose]) if segment.purpose else [_("An overview for ourselves")]
    because, what = [each for each in (reason, since) if each], f"segment-{segment.public_id}"
    return Thought(_("You are in the group"), segment.name, because, titles, what, segment.purpose)


def _in_words(version: SegmentVersion | None) -> str:
    if version is None:
        return ""
    rule = version.says.get(get_language() or "") or next(iter(version.says.values()), "")
    return _("Who is in it: %(rule)s") % {"rule": rule} if rule else ""


def _done(customer: Customer, uses: Uses) -> list[Done]:
    counted = Event.objects.of_customer(customer.pk).order_by().values("type__name", "type__purposes", "type__kept_days")
    counted = counted.annotate(times=Count("pk"), last_at=Max("occurred_at")).order_by("-last_at")
    return [_done_of(each, uses) for each in counted]


def _done_of(each: dict[str, Any], uses: Uses) -> Done:
    titles = uses.titles(each["type__purposes"])
    return Done(each["type__name"], each["times"], each["last_at"], titles, wording.kept(each["type__kept_days"]))


def _looks(rows: list[int]) -> list[Look]:
    """Which colleagues opened the page of this customer, by their roles: their names are no business of a customer's page."""
    entries = AuditEntry.objects.filter(action=AuditEntry.Action.CUSTOMER_VIEWED, object_kind="customer", object_id__in=rows)
    found = list(entries.order_by("-pk")[:LOOKS])
    members = {each.user_id: each for each in Membership.objects.filter(user_id__in={each.actor_id for each in found})}
    return [Look(each.at, _roles(members.get(each.actor_id))) for each in found]


def _roles(member: Membership | None) -> str:
    return ", ".join(member.role_labels) if member else _("Somebody who does not work here any more")


def _goes(since: datetime, days: int | None) -> str:
    if days is None:
        return ""
    return _("Goes on %(date)s.") % {"date": formats.date_format(timezone.localtime(since + timedelta(days=days)), "DATE_FORMAT")}

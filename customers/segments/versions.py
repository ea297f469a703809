"""A rule in; a `SegmentVersion` out, numbered and said in words, with its audit entry. Two versions in, what differs out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import User
from accounts.work import enqueue
from customers.models import Segment, SegmentVersion
from customers.segments import sentences
from customers.segments.faults import BadRule, Fault
from customers.segments.parsing import parse
from customers.segments.rule import Group, Leaf, Rule, SegmentLeaf, walk
from customers.segments.vocabulary import Vocabulary

LOCK = 7_331  # with the tenant's id: one change to the rules of a tenant at a time


class NameTaken(ValueError):
    """Another segment has this name. A retry does not help."""


class InUse(ValueError):
    """Other segments are built on this one; `names` says which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(_("These segments are built on it: %(names)s.") % {"names": ", ".join(names)})
        self.names = names


class Difference(NamedTuple):
    removed: list[str]
    added: list[str]


def current_rules() -> dict[int, dict[str, Any]]:
    """The JSON of the newest version of each segment in use, by the id of the segment."""
    newest = SegmentVersion.objects.filter(segment__archived_at=None, number=F("segment__version"))
    return dict(newest.values_list("segment_id", "rule"))


def created() -> dict[int, datetime]:
    """When the newest version of each segment was saved, by the id of the segment."""
    newest = SegmentVersion.objects.filter(segment__archived_at=None, number=F("segment__version"))
    return dict(newest.values_list("segment_id", "created_at"))


@transaction.atomic
def create(name: str, raw: Any, *, by: User, actor: Actor, purpose: str = "") -> Segment:
    """A new segment with its first version. `purpose`: key of what it is made for. Raises BadRule, NameTaken."""
    hold()
    segment = Segment(name=name, purpose=purpose, created_by=by)
    _keep_name(segment)
    audit.record(actor, Action.SEGMENT_CREATED, segment, after={"name": name, "purpose": purpose})
    save(segment, raw, by=by, actor=actor)
    return segment


def save(segment: Segment, raw: Any, *, by: User | None, actor: Actor) -> SegmentVersion | None:
    """The next version, unless the rule is what it was. The first refresh follows on commit. Raises BadRule."""
    hold()
    rule = parse(raw, Vocabulary.load(segment.purpose))
    refuse_cycles(segment, rule)
    segment.refresh_from_db(fields=["version"])
    before = newest(segment)
    if before and before.rule == rule.json:
        return None
    version = SegmentVersion.objects.create(
        segment=segment, number=segment.version + 1, rule=rule.json, says=sentences.in_every_language(rule), created_by=by
    )
    Segment.objects.filter(pk=segment.pk).update(version=version.number)
    segment.version = version.number
    entry = {"version": version.number, "rule": rule.json}
    audit.record(actor, Action.SEGMENT_CHANGED, segment, before=before and {"version": before.number, "rule": before.rule}, after=entry)
    enqueue("customers.tasks.refresh_segment", tenant_id=tenancy.current().pk, segment_id=segment.pk)
    return version


def rename(segment: Segment, name: str, *, actor: Actor) -> None:
    """Raises NameTaken."""
    before, segment.name = segment.name, name
    if before != name:
        _keep_name(segment, "name")
        audit.record(actor, Action.SEGMENT_CHANGED, segment, before={"name": before}, after={"name": name})


@transaction.atomic
def change(segment: Segment, name: str, purpose: str, raw: Any, *, by: User, actor: Actor) -> Segment:  # noqa: PLR0913
    """Raises BadRule, NameTaken; InUse for another purpose while others are built on it."""
    rename(segment, name, actor=actor)
    _repurpose(segment, purpose, raw, actor=actor)
    save(segment, raw, by=by, actor=actor)
    return segment


def _repurpose(segment: Segment, purpose: str, raw: Any, *, actor: Actor) -> None:
    before = Segment.objects.values_list("purpose", flat=True).get(pk=segment.pk)
    if before == purpose:
        return
    parse(raw, Vocabulary.load(purpose))
    if users := used_in().get(segment.pk):
        raise InUse(users)
    Segment.objects.filter(pk=segment.pk).update(purpose=purpose)
    segment.purpose = purpose
    audit.record(actor, Action.SEGMENT_CHANGED, segment, before={"purpose": before}, after={"purpose": purpose})
    enqueue("customers.tasks.refresh_segment", tenant_id=tenancy.current().pk, segment_id=segment.pk)


def archive(segment: Segment, *, is_archived: bool, actor: Actor) -> None:
    """Puts a segment away, or back. Raises InUse while others are built on it, NameTaken, BadRule when what it needs is gone."""
    hold()
    if is_archived and (users := used_in().get(segment.pk)):
        raise InUse(users)
    if not is_archived and (version := newest(segment)):
        refuse_cycles(segment, parse(version.rule, Vocabulary.load(segment.purpose)))
    segment.archived_at = timezone.now() if is_archived else None
    _keep_name(segment, "archived_at")
    audit.record(actor, Action.SEGMENT_ARCHIVED, segment, before={"is_archived": not is_archived}, after={"is_archived": is_archived})


def hold() -> None:
    """Until the end of the transaction nobody else changes a rule of this tenant, so that two people cannot close a circle together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::int)", [LOCK, tenancy.current().pk])


def newest(segment: Segment) -> SegmentVersion | None:
    return SegmentVersion.objects.filter(segment=segment, number=segment.version).first() if segment.version else None


def refuse_cycles(segment: Segment, rule: Rule) -> None:
    """Raises BadRule at the leaf through which a segment would be built on itself."""
    names = dict(Segment.objects.values_list("pk", "name"))
    uses = {**graph(), segment.pk: rule.segments}
    faults = []
    for path, leaf in walk(rule.root):
        if isinstance(leaf, SegmentLeaf) and (way := _way(uses, leaf.segment.pk, segment.pk)):
            round_trip = " → ".join(names.get(each, "") for each in (segment.pk, *way))
            place = _place(rule.root, path)
            faults.append(Fault(place, path, _("A segment cannot be built on itself: %(way)s.") % {"way": round_trip}))
    if faults:
        raise BadRule(faults)


def graph() -> dict[int, set[int]]:
    """Which segments each segment is built on, by id. Read from the saved JSON: a word that is gone must not hide a circle."""
    by_id = {row.public_id: row.pk for row in Segment.objects.all()}
    return {pk: {by_id[word] for word in _segment_words(rule) if word in by_id} for pk, rule in current_rules().items()}


def used_in() -> dict[int, list[str]]:
    """Names of the segments that are built on each."""
    names, found = dict(Segment.objects.values_list("pk", "name")), {}
    for user, used in graph().items():
        for each in used:
            found.setdefault(each, []).append(names[user])
    return {pk: sorted(users) for pk, users in found.items()}


def says(version: SegmentVersion) -> str:
    """The sentence of a version in the active language; in another when it was saved before that was there."""
    return version.says.get(get_language() or "") or next(iter(version.says.values()), "")


def difference(before: Rule | None, after: Rule) -> Difference:
    """The leaves that went and came, as clauses; the whole sentences when only the joining changed."""
    if before is None:
        return Difference([], [clause for clause, _number in _clauses(after.root).items()])
    old, new = _clauses(before.root), _clauses(after.root)
    if old == new and before.json != after.json:
        return Difference([sentences.say(before)], [sentences.say(after)])
    return Difference(list((old - new).elements()), list((new - old).elements()))


def _clauses(part: Group | Leaf, is_no: bool = False) -> Counter[str]:
    if not isinstance(part, Group):
        return Counter([sentences.line(part, is_no)])
    return sum((_clauses(each, is_no ^ (part.kind == "none")) for each in part.parts), Counter())


def _keep_name(segment: Segment, *changed: str) -> None:
    """Writes what has changed and no more: the version, and what a refresh leaves, may be newer in the database."""
    try:
        with transaction.atomic():
            segment.save(update_fields=changed or None)
    except IntegrityError:
        raise NameTaken(_("Another segment has this name. Choose another.")) from None


def _way(uses: dict[int, set[int]], start: int, goal: int) -> list[int]:
    """The segments on the way from `start` to `goal`, both included; empty when there is none."""
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == goal:
            return way
        fresh = uses.get(way[-1], set()) - seen
        seen |= fresh
        ways.extend([*way, each] for each in sorted(fresh))
    return []


def _segment_words(part: dict[str, Any]) -> set[str]:
    inside = [each for kind in ("all", "any", "none") for each in part.get(kind, [])]
    own = {part[key] for key in ("segment", "list") if key in part}
    return own.union(*map(_segment_words, inside))


def _place(root: Group, path: tuple[int, ...]) -> str:
    place, part = "", root
    for number in path:
        place += f"{'.' if place else ''}{part.kind}[{number}]"
        part = part.parts[number]
    return f"{place}.segment"


class Worded(NamedTuple):
    """A segment of a list, with what it says and what is built on it."""

    segment: Segment
    says: str
    used_in: list[str]


class Compared(NamedTuple):
    version: SegmentVersion
    says: str
    difference: Difference


def with_words(rows: Iterable[Segment]) -> list[Worded]:
    """The newest version of each, in a constant number of queries."""
    rows = list(rows)
    newest = SegmentVersion.objects.filter(segment__in=[row.pk for row in rows], number=F("segment__version"))
    said, used = {version.segment_id: says(version) for version in newest}, used_in()
    return [Worded(row, said.get(row.pk, ""), used.get(row.pk, [])) for row in rows]


def compared(rows: Sequence[SegmentVersion]) -> list[Compared]:
    """Versions, newest first, each with what it changed against the one before; words that are gone from the catalogue stay readable."""
    vocabulary = Vocabulary.load()
    rules = [_readable(version, vocabulary) for version in rows]
    found = []
    for number, version in enumerate(rows):
        before = rules[number + 1] if number + 1 < len(rows) else None
        after, is_first = rules[number], number + 1 == len(rows)
        known = difference(before, after) if after and (before or is_first) else Difference([], [])
        found.append(Compared(version, says(version), known))
    return found


def rule_of(segment: Segment) -> Rule | None:
    """The newest rule of a segment; nothing when it has none, or a word of it is gone."""
    version = newest(segment)
    return _readable(version, Vocabulary.load(segment.purpose)) if version else None


def moves(segment: Segment) -> str:
    """How often the clock moves it: day, minute, or "" for never."""
    rule = rule_of(segment)
    return rule.follows_clock if rule else ""


def _readable(version: SegmentVersion, vocabulary: Vocabulary) -> Rule | None:
    try:
        return parse(version.rule, vocabulary)
    except BadRule:
        return None

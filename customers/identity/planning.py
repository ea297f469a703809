"""Sightings in, a plan out: which rows are known, which are new, which turn out to be one. Reads; writes nothing.

Decided in memory in the order of the sightings, so that it makes no difference how they were cut into chunks. The rules:
claims of one sighting belong together, and the strongest (customer number, e-mail, phone, device) leads. A weaker claim does not
join two customers that contradict each other: two numbers of one source, and for phone and device also two e-mail addresses.
A device on which that happens was used by two people: it stops telling who somebody is. What was taken apart is not joined again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from customers.identity.claims import ANONYMOUS, EMAIL, EXTERNAL, PHONE, Claim
from customers.models import Merge
from customers.staging import rows, stage

STRENGTH = {kind: place for place, kind in enumerate((EXTERNAL, EMAIL, PHONE, ANONYMOUS))}
BLOCK = 500  # ids are taken from the sequence so many at a time

# One row an identifier that is known: its place in the question, the row it is kept with, the root of that, shared or not.
# LATERAL … LIMIT 1 is one look into a unique index for each claim, whatever the planner believes of a tenant that has just begun.
KNOWN = """
SELECT asked.place, i.customer_id, c.root_id, i.shared_at IS NOT NULL, r.is_identified
  FROM asked
 CROSS JOIN LATERAL (SELECT customer_id, shared_at FROM customers_identifier
                      WHERE tenant_id = asked.tenant_id AND kind = asked.kind AND value = asked.said AND space = asked.space LIMIT 1) i
 CROSS JOIN LATERAL (SELECT coalesce(root_id, id) AS root_id FROM customers_customer
                      WHERE tenant_id = asked.tenant_id AND id = i.customer_id LIMIT 1) c
 CROSS JOIN LATERAL (SELECT is_identified FROM customers_customer
                      WHERE tenant_id = asked.tenant_id AND id = c.root_id LIMIT 1) r
"""
# One row a number or address of these customers: root, kind, space, value.
STRONG = """
SELECT asked_root.id, i.kind, i.space, i.value
  FROM asked_root
 CROSS JOIN LATERAL (SELECT asked_root.id
                      UNION ALL
                     SELECT id FROM customers_customer
                      WHERE tenant_id = asked_root.tenant_id AND root_id = asked_root.id AND merged_into_id IS NOT NULL) c
 CROSS JOIN LATERAL (SELECT kind, space, value FROM customers_identifier
                      WHERE tenant_id = asked_root.tenant_id AND customer_id = c.id AND kind IN ('external', 'email') OFFSET 0) i
"""
# One row a merge that was undone: the roots under which the two stand now.
APART = """
SELECT coalesce(a.root_id, a.id), coalesce(b.root_id, b.id)
  FROM customers_merge m
  JOIN customers_customer a ON a.tenant_id = m.tenant_id AND a.id = m.merged_id
  JOIN customers_customer b ON b.tenant_id = m.tenant_id AND b.id = m.into_id
 WHERE m.tenant_id = %(tenant)s AND m.undone_at IS NOT NULL
   AND coalesce(a.root_id, a.id) = ANY(%(roots)s) AND coalesce(b.root_id, b.id) = ANY(%(roots)s)
"""
NEW_IDS = "SELECT nextval('customers_customer_id_seq') FROM generate_series(1, %(size)s)"


class Sighting(NamedTuple):
    """What one message claims of one customer, the strongest claim first."""

    claims: tuple[Claim, ...]
    at: datetime
    same_as: tuple[Claim, ...] = ()  # a source says outright that these name the same customer


class Found(NamedTuple):
    """`origin_id`: the row the message is kept with; `root_id`: the row that stands for the customer."""

    origin_id: int
    root_id: int


class Newcomer(NamedTuple):
    at: datetime
    is_identified: bool


class Joined(NamedTuple):
    merged_id: int
    into_id: int
    root_id: int
    evidence: tuple[Claim, ...]
    reason: str
    at: datetime


class Plan(NamedTuple):
    """Who each sighting is of, and what `settle` writes."""

    found: list[Found]
    new: dict[int, Newcomer]
    identifiers: dict[Claim, tuple[int, datetime]]  # new ones -> the row they are kept with, when they were seen
    shared: dict[Claim, tuple[int, datetime]]  # devices that stop telling -> the row they move to, from when
    joined: list[Joined]
    identified: set[int]  # known rows that were anonymous until now


@dataclass(slots=True, eq=False)
class Group:
    """One customer, as far as is known at this point of the plan."""

    root_id: int
    is_identified: bool = False
    numbers: dict[int, set[str]] = field(default_factory=dict)  # space -> external ids
    emails: set[str] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)  # roots it was taken apart from
    roots: set[int] = field(default_factory=set)

    def learn(self, claim: Claim) -> None:
        if claim.kind == EXTERNAL:
            self.numbers.setdefault(claim.space, set()).add(claim.value)
        elif claim.kind == EMAIL:
            self.emails.add(claim.value)
        self.is_identified = self.is_identified or claim.kind != ANONYMOUS

    def contradicts(self, other: "Group", through: str) -> bool:
        if self.apart & other.roots or other.apart & self.roots:
            return True
        if any(self.numbers[space].isdisjoint(other.numbers[space]) for space in self.numbers.keys() & other.numbers.keys()):
            return True
        weak = through in (PHONE, ANONYMOUS)
        return weak and bool(self.emails and other.emails) and self.emails.isdisjoint(other.emails)

    def absorb(self, other: "Group") -> None:
        """`other` is of no use afterwards: a set that is larger than ours becomes ours."""
        for space, numbers in other.numbers.items():
            self.numbers[space] = _union(self.numbers.get(space, set()), numbers)
        self.emails, self.apart = _union(self.emails, other.emails), _union(self.apart, other.apart)
        self.roots = _union(self.roots, other.roots)
        self.is_identified = self.is_identified or other.is_identified


def _union[T](one: set[T], other: set[T]) -> set[T]:
    """The smaller goes into the larger: a chain of thousands costs no more than its length."""
    small, large = sorted((one, other), key=len)
    large |= small
    return large


def plan(sightings: Sequence[Sighting]) -> Plan:
    """Runs under the lock of `settling.lock`, in the transaction that settles it."""
    planner = Planner(sightings)
    origins = [planner.place(sighting) for sighting in sightings]
    return planner.decided(origins)


class Planner:
    """The state of one plan: the customers as they were read, and what the sightings so far have made of them."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self.origin: dict[Claim, int] = {}  # the row a claim is kept with
        self.root: dict[int, int] = {}  # row -> the row that stands for it; follow `_top`
        self.groups: dict[int, Group] = {}  # by root
        self.was_shared: set[Claim] = set()
        self.placed: dict[tuple[tuple[Claim, ...], tuple[Claim, ...]], int] = {}
        self.new: dict[int, datetime] = {}
        self.identifiers: dict[Claim, tuple[int, datetime]] = {}
        self.shared: dict[Claim, tuple[int, datetime]] = {}
        self.joined: list[Joined] = []
        self.identified: set[int] = set()
        self.ids = _new_ids()
        self._read_known({claim for sighting in sightings for claim in (*sighting.claims, *sighting.same_as)})
        self._read_strong(sightings)

    def decided(self, origins: list[int]) -> Plan:
        return Plan(
            [Found(origin_id, self._top(origin_id)) for origin_id in origins],
            {row: Newcomer(at, self.groups[self._top(row)].is_identified) for row, at in self.new.items()},
            self.identifiers,
            self.shared,
            [joined._replace(root_id=self._top(joined.into_id)) for joined in self.joined],
            self.identified,
        )

    def place(self, sighting: Sighting) -> int:
        """The row that this sighting is kept with."""
        said = (sighting.claims, sighting.same_as)
        if said not in self.placed:
            self.placed[said] = self._place(sighting)
        return self.placed[said]

    def _place(self, sighting: Sighting) -> int:
        if not sighting.same_as and self.origin.keys().isdisjoint(sighting.claims):
            return self._welcome(sighting)
        claims = self._telling(sighting.claims)
        unknown = Group(0)
        origin_id, pending = 0, []
        for claim in claims:
            if claim not in self.origin:
                pending.append(claim)
                unknown.learn(claim)
            elif self._may_join(claim, origin_id, unknown):
                origin_id = self._join(origin_id, claim, sighting, Merge.Reason.SAME_SIGHTING)
            elif claim.kind == ANONYMOUS:
                self._share(claim, sighting.at)
        origin_id = origin_id or self._newcomer(sighting.at)
        for claim in pending:
            self._attach(claim, origin_id, sighting.at)
        return self._alias(origin_id, sighting)

    def _welcome(self, sighting: Sighting) -> int:
        """Of whom nothing was known: most rows of a first import."""
        origin_id = self._newcomer(sighting.at)
        for claim in sighting.claims:
            self._attach(claim, origin_id, sighting.at)
        return origin_id

    def _telling(self, claims: tuple[Claim, ...]) -> list[Claim]:
        """The claims, strongest first, without devices that tell nothing, unless there is nothing else."""
        telling = [claim for claim in claims if claim not in self.was_shared] or list(claims)
        return sorted(dict.fromkeys(telling), key=lambda claim: STRENGTH[claim.kind])

    def _may_join(self, claim: Claim, origin_id: int, unknown: Group) -> bool:
        group = self._group(self.origin[claim])
        if origin_id and (mine := self._group(origin_id)) is not group and mine.contradicts(group, claim.kind):
            return False
        return not unknown.contradicts(group, claim.kind) or claim.kind == EXTERNAL

    def _join(self, origin_id: int, claim: Claim, sighting: Sighting, reason: str) -> int:
        """The row to keep the sighting with, after the customer of `claim` has become one with that of `origin_id`."""
        if not origin_id:
            return self.origin[claim]
        one, other = self._group(origin_id), self._group(self.origin[claim])
        if one is not other:
            into, merged = sorted((one, other), key=lambda group: (not group.is_identified, group.root_id))
            self.joined.append(Joined(merged.root_id, into.root_id, 0, (*sighting.claims, *sighting.same_as), reason, sighting.at))
            self.root[merged.root_id] = into.root_id
            into.absorb(merged)
        return origin_id

    def _share(self, claim: Claim, at: datetime) -> None:
        """A second customer on one device: from here on it has a row of its own and tells nothing of who somebody is."""
        row = self._newcomer(at)
        self.origin[claim] = row
        self.was_shared.add(claim)
        self.shared[claim] = (row, at)
        self.placed.clear()

    def _newcomer(self, at: datetime) -> int:
        row = next(self.ids)
        self.new[row] = at
        self.root[row] = row
        self.groups[row] = Group(row, roots={row})
        return row

    def _attach(self, claim: Claim, origin_id: int, at: datetime) -> None:
        group = self._group(origin_id)
        if claim.kind != ANONYMOUS and not group.is_identified:
            self.identified |= {row for row in (origin_id, group.root_id) if row not in self.new}
        group.learn(claim)
        self.origin[claim] = origin_id
        self.identifiers[claim] = (origin_id, at)

    def _alias(self, origin_id: int, sighting: Sighting) -> int:
        """Two ids that a source says are one customer; of two readings of an unknown id the first is taken."""
        known = [claim for claim in sighting.same_as if claim in self.origin and claim not in self.was_shared]
        for claim in known:
            self._same(origin_id, claim, sighting)
        if sighting.same_as and not known and sighting.same_as[0] not in self.origin:
            self._attach(sighting.same_as[0], origin_id, sighting.at)
        return origin_id

    def _same(self, origin_id: int, claim: Claim, sighting: Sighting) -> None:
        """A source may say so of its numbers; of a device it says no more than who is at it now: others may have been before."""
        mine, theirs = self._group(origin_id), self._group(self.origin[claim])
        if mine is not theirs and claim.kind == ANONYMOUS and mine.contradicts(theirs, claim.kind):
            self._share(claim, sighting.at)
        elif not mine.apart & theirs.roots:
            self._join(origin_id, claim, sighting, Merge.Reason.ALIAS)

    def _top(self, row: int) -> int:
        """Rows on the way are hung higher: a chain of thousands is walked once."""
        while (above := self.root[row]) != row:
            self.root[row] = self.root[above]
            row = self.root[row]
        return row

    def _group(self, row: int) -> Group:
        return self.groups[self._top(row)]

    def _read_known(self, claims: set[Claim]) -> None:
        asked = list(claims)
        columns = {"place": "int", "kind": "text", "space": "bigint", "said": "text"}
        stage("asked", columns, ((place, *claim) for place, claim in enumerate(asked)))
        for place, origin_id, root_id, is_shared, is_identified in rows(KNOWN):
            claim = asked[place]
            self.origin[claim] = origin_id
            self.root[origin_id] = root_id
            self.root[root_id] = root_id
            self.groups.setdefault(root_id, Group(root_id, is_identified, roots={root_id}))
            if is_shared:
                self.was_shared.add(claim)

    def _read_strong(self, sightings: Sequence[Sighting]) -> None:
        """Numbers and addresses of the customers about whom a sighting says something new: only these can contradict it."""
        if not (asked := self._questioned(sightings)):
            return
        stage("asked_root", {"id": "bigint"}, ((root_id,) for root_id in asked))
        for root_id, kind, space, value in rows(STRONG):
            self.groups[root_id].learn(Claim(kind, space, value))
        for one, other in rows(APART, {"roots": list(asked)}):
            if one != other:
                self.groups[one].apart.add(other)
                self.groups[other].apart.add(one)

    def _questioned(self, sightings: Iterable[Sighting]) -> set[int]:
        questioned: set[int] = set()
        for sighting in sightings:
            claims = (*sighting.claims, *sighting.same_as)
            roots = {self.root[self.origin[claim]] for claim in claims if claim in self.origin}
            if len(roots) > 1 or (len(claims) > 1 and roots and any(claim not in self.origin for claim in claims)):
                questioned |= roots
        return questioned


def _new_ids() -> Iterator[int]:
    size = BLOCK
    while True:
        yield from chain.from_iterable(rows(NEW_IDS, {"size": size}))
        size = min(size * 4, 40 * BLOCK)

"""A rule that is being made in; how many it finds now, line by line, ten of them and the sentence out. Leaves no row."""

import hashlib
import json
from dataclasses import dataclass
from time import monotonic

from django.core.cache import cache

from accounts import tenancy
from customers.models import Customer, Segment
from customers.segments import compiling, counting, sentences, versions
from customers.segments.counting import Count, TookTooLong
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.rule import Leaf, Rule, walk
from customers.segments.versions import Difference
from customers.segments.vocabulary import Vocabulary

FOR_A_LINE = 3  # seconds
FOR_ALL_LINES = 6
REMEMBERED = 120  # seconds: while a rule is edited, most of its lines stay as they are


@dataclass(frozen=True)
class Preview:
    says: str
    count: Count | None
    late: str  # why there is no count
    everyone: int
    lines: dict[tuple[int, ...], int]
    sample: list[Customer]
    difference: Difference | None
    before: int | None  # size of the saved version

    @property
    def share(self) -> float:
        return 100 * self.count.count / self.everyone if self.count and self.everyone else 0.0

    @property
    def more(self) -> int:
        return self.count.count - self.before if self.count and self.before is not None else 0

    @property
    def fewer(self) -> int:
        return -self.more

    @property
    def places(self) -> list[tuple[str, int]]:
        """(place of a line in the builder, customers it finds by itself)."""
        return [(".".join(["r", *map(str, path)]), number) for path, number in self.lines.items()]


def look(rule: Rule, *, segment: Segment | None = None, with_sample: bool) -> Preview:
    """`with_sample`: whoever looks may see customers."""
    count, late, sample = None, "", []
    try:
        count = counting.count(rule)
        sample = counting.sample(rule) if with_sample else []
    except TookTooLong as fault:
        late = str(fault)
    before = _saved(segment)
    return Preview(
        sentences.say(rule),
        count,
        late,
        Customer.objects.present().count(),
        line_counts(rule),
        sample,
        versions.difference(before, rule) if before and before.json != rule.json else None,
        segment.size if segment and segment.refreshed_at else None,
    )


def _saved(segment: Segment | None) -> Rule | None:
    """The rule as it was saved last, if it can still be read."""
    version = versions.newest(segment) if segment else None
    try:
        return parse(version.rule, Vocabulary.load(segment.purpose)) if version else None
    except BadRule:
        return None


def line_counts(rule: Rule) -> dict[tuple[int, ...], int]:
    """How many customers each line finds by itself, as far as the time goes."""
    until, found = monotonic() + FOR_ALL_LINES, {}
    for path, leaf in walk(rule.root):
        if monotonic() > until:
            break
        number = _remembered(leaf, rule.purpose)
        if number is not None:
            found[path] = number
    return found


def _remembered(leaf: Leaf, purpose: str) -> int | None:
    said = json.dumps([purpose, leaf.json], sort_keys=True)
    key = f"segment-line:{tenancy.current().pk}:{hashlib.sha256(said.encode()).hexdigest()}"
    if (known := cache.get(key)) is not None:
        return known
    try:
        number = counting.count_of(compiling.compile_part(leaf, purpose=purpose), seconds=FOR_A_LINE).count
    except TookTooLong:
        return None
    cache.set(key, number, REMEMBERED)
    return number

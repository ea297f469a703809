"""What a rule is made of: groups (all, any, none) of leaves about attributes, events, segments and scores. Leaves no row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from customers.models import Attribute, EventType, Segment

VERSION = "portret-rule/1"
GROUPS = ("all", "any", "none")
DEEPEST = 6  # groups within groups, the outermost counted
MOST_LEAVES = 100
MOST_VALUES = 1_000  # of one leaf
MOST_DAYS = 36_500
MOST_HOURS = 24 * 366
FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2200, 12, 31)

Type = Attribute.Type
_NUMBER = ("is", "is_not", "one_of", "more_than", "less_than", "at_least", "at_most", "between", "is_known")
# Which tests an attribute of a type can take, the usual one first.
TESTS: dict[str, tuple[str, ...]] = {
    Type.TEXT: ("is", "is_not", "one_of", "contains", "begins_with", "is_known"),
    Type.CHOICE: ("is", "is_not", "one_of", "is_known"),
    Type.WHOLE: _NUMBER,
    Type.DECIMAL: _NUMBER,
    Type.MONEY: _NUMBER,
    Type.YES_NO: ("is", "is_known"),
    Type.DATE: ("is", "before", "after", "between", "in_last_days", "in_next_days", "anniversary_in_days", "is_known"),
    Type.TIME: ("is", "before", "after", "between", "in_last_days", "in_next_days", "is_known"),
    Type.CHOICES: ("any_of", "all_of", "is_known"),
}
LISTS = frozenset({"one_of", "any_of", "all_of"})
DAYS = frozenset({"in_last_days", "in_next_days", "anniversary_in_days"})
AMOUNTS = ("at_least", "at_most", "more_than", "less_than", "exactly")  # what a number of times or a total is held against
FILTERS = ("is", "is_not", "one_of", "contains", "begins_with", "more_than", "less_than", "at_least", "at_most", "is_known")
BANDS = ("recency", "frequency", "money")
SCORES = (*BANDS, "lifecycle", "orders", "spent")


@dataclass(frozen=True, slots=True)
class Window:
    """When: `kind` is ever, last_days, last_hours, between, before, after or days_before; days are those of the tenant's calendar."""

    kind: str = "ever"
    number: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def follows_clock(self) -> str:
        """ "" when it always means the same; else how often it moves: day or minute."""
        return {"last_days": "day", "last_hours": "minute"}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Filter:
    """A property of an event. `path`: keys from the outside in, and whether the value at each is a list of which any may hold."""

    path: tuple[tuple[str, bool], ...]
    test: str
    value: Any

    @property
    def name(self) -> str:
        return ".".join(f"{key}[]" if is_list else key for key, is_list in self.path)


@dataclass(frozen=True, slots=True)
class AttributeLeaf:
    attribute: Attribute
    test: str
    value: Any  # canonical (customers/values.py); a list for LISTS and `between`, days for DAYS, a boolean for is_known
    json: dict[str, Any] = field(compare=False)

    @property
    def follows_clock(self) -> str:
        return "day" if self.test in DAYS else ""


@dataclass(frozen=True, slots=True)
class EventLeaf:
    """`measure`: times and total are held against `value` by `test`; first and last must fall within `when`."""

    type: EventType
    measure: str
    test: str
    value: int  # times, or minor units of `currency`
    json: dict[str, Any] = field(compare=False)
    currency: str = ""
    window: Window = Window()
    when: Window = Window()
    where: tuple[Filter, ...] = ()

    @property
    def follows_clock(self) -> str:
        return max(self.window.follows_clock, self.when.follows_clock)  # "" < "day" < "minute"


@dataclass(frozen=True, slots=True)
class SegmentLeaf:
    segment: Segment
    is_in: bool
    json: dict[str, Any] = field(compare=False)
    follows_clock = ""


@dataclass(frozen=True, slots=True)
class ScoreLeaf:
    score: str
    test: str
    value: Any  # [lowest, highest] for bands, a list of stages, else a number (minor units for spent)
    json: dict[str, Any] = field(compare=False)
    currency: str = ""
    follows_clock = ""


Leaf = AttributeLeaf | EventLeaf | SegmentLeaf | ScoreLeaf


@dataclass(frozen=True, slots=True)
class Group:
    kind: str
    parts: tuple["Group | Leaf", ...]


@dataclass(frozen=True, slots=True)
class Rule:
    root: Group
    purpose: str = ""  # key of what it is made for: who does not allow that does not match

    def leaves(self) -> list[Leaf]:
        """In the order in which they are read."""
        return [leaf for _, leaf in walk(self.root)]

    @property
    def segments(self) -> set[int]:
        """Ids of the segments it is built on."""
        return {leaf.segment.pk for leaf in self.leaves() if isinstance(leaf, SegmentLeaf)}

    @property
    def follows_clock(self) -> str:
        return max((leaf.follows_clock for leaf in self.leaves()), default="")

    @property
    def json(self) -> dict[str, Any]:
        return {"version": VERSION, **dump(self.root)}


def walk(group: Group, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Leaf]]:
    """Each leaf with its place: the numbers of the parts on the way to it."""
    for number, part in enumerate(group.parts):
        if isinstance(part, Group):
            yield from walk(part, (*path, number))
        else:
            yield (*path, number), part


def dump(part: Group | Leaf) -> dict[str, Any]:
    return {part.kind: [dump(each) for each in part.parts]} if isinstance(part, Group) else part.json

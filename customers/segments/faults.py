"""What is wrong with a rule, and where: "all[1].window: …"."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Path = tuple[int, ...]


class Fault(NamedTuple):
    place: str  # as it is written: all[1].window
    path: Path  # the numbers of the parts on the way to the leaf or group
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class BadRule(ValueError):
    """A rule that cannot be used; `faults` has every reason and its place. A retry does not help."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" · ".join(map(str, faults)))
        self.faults = faults


class Wrong(ValueError):
    """One thing is wrong at `key` of the object at hand; the reader adds the place."""

    def __init__(self, key: str, reason: Any) -> None:
        super().__init__(str(reason))
        self.key = key


@dataclass
class Ledger:
    """Gathers faults while a rule is read, so that all of them are told at once."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, place: str, path: Path, reason: Any) -> None:
        self.faults.append(Fault(place, path, str(reason)))

"""Parts go in and are kept running: a part that dies is swept and started again; a request to stop stops all, in order.

Beat stops first (no new work), then the web (finishes its requests), worker, metrics, and the servers they all use at last.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config.startup.console import say
from config.startup.errors import CannotStart, Interrupted
from config.startup.processes import Program, Running
from config.startup.signals import Signals

LONGEST_DELAY = 30.0
HEALTHY_AFTER = 60.0  # a part that ran this long has no bad record
MANY_FAILURES = 3


class Part(Protocol):
    name: str
    log: Path
    running: Running | None

    def start(self) -> None: ...

    def wait(self) -> None: ...


@dataclass
class Child:
    """A part that is one of our own programs; it answers when it answers."""

    program: Program
    running: Running | None = None

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def log(self) -> Path:
        return self.program.log

    def start(self) -> None:
        self.running = self.program.start()

    def wait(self) -> None:
        return


@dataclass
class Record:
    """How often a part died lately, and when it may be started again."""

    failures: int = 0
    not_before: float = 0.0

    def note(self, lived: float) -> float:
        """Count a death; returns the delay before the next start: none, then 1, 2, 4, … 30 seconds."""
        self.failures = 1 if lived > HEALTHY_AFTER else self.failures + 1
        delay = 0.0 if self.failures == 1 else min(LONGEST_DELAY, 2.0 ** (self.failures - 2))
        self.not_before = time.monotonic() + delay
        return delay


@dataclass
class Supervisor:
    signals: Signals
    parts: list[Part] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)

    def start(self, *parts: Part) -> None:
        """Start them together, then wait for each. Raises CannotStart, Interrupted."""
        for part in parts:
            self.parts.append(part)
            part.start()
        for part in parts:
            part.wait()

    def run(self) -> None:
        """Until somebody asks to stop."""
        try:
            while True:
                for part in self.parts:
                    self._tend(part)
                self.signals.pause(0.2)
        except Interrupted:
            return

    def stop(self, order: Callable[[Part], int]) -> None:
        """Graceful; a second signal makes it hard. Always leaves nothing behind."""
        for part in sorted(self.parts, key=order):
            if part.running:
                part.running.stop(hurry=lambda: self.signals.hurry)

    def _tend(self, part: Part) -> None:
        record = self.records.setdefault(part.name, Record())
        if part.running and not part.running.is_alive():
            self._bury(part, record)
        if part.running is None and time.monotonic() >= record.not_before:
            self._revive(part, record)

    def _bury(self, part: Part, record: Record) -> None:
        assert part.running is not None
        part.running.sweep()
        ending, lived = part.running.ending(), time.monotonic() - part.running.since
        part.running = None
        delay = record.note(lived)
        when = f"in {delay:.0f} s" if delay else "now"
        hint = f" It keeps failing; {part.log} says why." if record.failures > MANY_FAILURES else ""
        say(f"{part.name} stopped by itself ({ending}). Starting it again {when}.{hint}")

    def _revive(self, part: Part, record: Record) -> None:
        try:
            part.start()
            part.wait()
        except (CannotStart, OSError) as problem:  # a folder that was removed, no memory for a process: tried again later
            say(str(problem))
            self._give_up_for_now(part, record)

    def _give_up_for_now(self, part: Part, record: Record) -> None:
        if part.running:
            part.running.stop()
            part.running = None
        record.note(lived=0)

"""Ctrl-C and SIGTERM go in; waiting loops see them as `Interrupted`, the stop sees a second one as "hurry"."""

import signal
import time
from collections.abc import Callable
from types import FrameType

from config.startup.errors import Interrupted

PAUSE = 0.05


class Signals:
    """Counts requests to stop. Handlers only count, so that nothing is torn apart half-way."""

    def __init__(self) -> None:
        self.count = 0
        self.terminated = 0

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.terminated += number != signal.SIGINT

    @property
    def hurry(self) -> bool:
        return self.count > 1

    def pause(self, seconds: float = PAUSE) -> None:
        """Sleep a little. Raises Interrupted when a stop was asked for."""
        if self.count:
            raise Interrupted
        time.sleep(seconds)

    def wait_for(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """True when the condition came true in time. Raises Interrupted when a stop was asked for."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.pause()
        return True

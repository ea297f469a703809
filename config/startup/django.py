"""A management command goes in, its exit status comes out. Runs it as a child: Django is never loaded into the supervisor."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from config.startup.errors import CannotStart
from config.startup.options import CHECKOUT
from config.startup.processes import Program, dies_with_parent, last_lines
from config.startup.signals import Signals

MANAGE = (sys.executable, str(CHECKOUT / "manage.py"))


def quietly(name: str, *arguments: str, environment: Mapping[str, str], log: Path, signals: Signals) -> None:
    """Run it into its log. Raises CannotStart with the log's end when it fails, Interrupted when we are to stop."""
    log.unlink(missing_ok=True)
    running = Program(name, [*MANAGE, name, *arguments], environment, log).start()
    try:
        signals.wait_for(lambda: not running.is_alive(), seconds=3600)
    finally:
        running.stop()
    if running.process.returncode != 0:
        raise CannotStart(f"`manage {name}` failed ({running.ending()}). The end of {log}:\n{last_lines(log)}")


def in_foreground(command: list[str], *, environment: Mapping[str, str], signals: Signals) -> int:
    """Run it on this terminal, which sends it Ctrl-C by itself; a SIGTERM to us is passed on."""
    hook = dies_with_parent(signal.SIGTERM)
    child = subprocess.Popen(command, env=dict(environment), cwd=CHECKOUT, preexec_fn=hook)  # noqa: PLW1509 - we have one thread
    passed_on = 0
    while True:
        try:
            return _status(child.wait(timeout=0.2))
        except subprocess.TimeoutExpired:
            if signals.terminated > passed_on:
                passed_on += 1
                child.terminate()


def _status(code: int) -> int:
    return code if code >= 0 else 128 - code

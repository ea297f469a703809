"""Progress goes in, lines with the seconds since `run.py` began come out on standard error; results go to standard output."""

import os
import sys
import time

_started = float(os.environ.pop("PORTRET_STARTED", "0")) or time.time()


def say(text: str) -> None:
    print(f"[{time.time() - _started:6.1f} s] {text}", file=sys.stderr, flush=True)


def show(text: str) -> None:
    """A line without the time, for the addresses that people copy."""
    print(text, flush=True)

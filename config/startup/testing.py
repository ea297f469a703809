"""Pytest arguments go in, pytest's exit status comes out; the servers are thrown away afterwards."""

import os
import sys

from config.startup import django, throwaway
from config.startup.options import Options
from config.startup.postgres import THROWAWAY
from config.startup.signals import Signals

# `-n` says how many processes; `-p no:xdist` and a debugger want one.
CHOOSES_PROCESSES = ("-n", "--numprocesses", "--dist", "-p", "--pdb", "--trace", "--collect-only", "--co", "--help", "-h", "--version")


def run(options: Options, signals: Signals) -> int:
    with throwaway.servers(signals, settings=THROWAWAY) as environment:
        command = [sys.executable, "-m", "pytest", *_processes(options.arguments), *options.arguments]
        return django.in_foreground(command, environment=environment, signals=signals)


def _processes(arguments: list[str]) -> list[str]:
    """Two processes, a file in one of them, when there are two cores and the arguments do not choose."""
    chosen = any(word.startswith(CHOOSES_PROCESSES) for word in arguments)
    return [] if chosen or (os.cpu_count() or 1) < 2 else ["-n", "2", "--dist", "loadfile"]

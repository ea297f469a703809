"""Command-line words go in, an exit status comes out: `python -m config.startup --help`, which is what `run.py` runs."""

import sys

from config.startup import benchmarks, management, options, serve, testing
from config.startup.errors import CannotStart, Interrupted
from config.startup.signals import Signals

COMMANDS = {"serve": serve.run, "manage": management.run, "test": testing.run, "bench": benchmarks.run}
INTERRUPTED = 130


def main(words: list[str]) -> int:
    chosen = options.read(words)
    signals = Signals()
    signals.listen()
    try:
        return COMMANDS[chosen.command](chosen, signals)
    except Interrupted:
        return INTERRUPTED
    except (CannotStart, OSError) as problem:
        print(f"portret: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

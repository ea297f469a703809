"""A benchmark's name goes in, its exit status comes out; runs on durable servers that are thrown away afterwards."""

import ast
import sys
from pathlib import Path

from config.startup import console, django, throwaway
from config.startup.errors import CannotStart
from config.startup.options import CHECKOUT, Options
from config.startup.signals import Signals

FOLDER = CHECKOUT / "benchmarks"


def run(options: Options, signals: Signals) -> int:
    if not options.arguments:
        return _list()
    name, *arguments = options.arguments
    if name not in _names():
        raise CannotStart(f"There is no benchmark {name!r}. There is: {', '.join(_names()) or 'none yet'}.")
    with throwaway.servers(signals) as environment:
        environment["PORTRET_ENVIRONMENT"] = "local"
        django.quietly("migrate", environment=environment, log=throwaway.log(environment, "migrate"), signals=signals)
        return django.in_foreground([sys.executable, "-m", f"benchmarks.{name}", *arguments], environment=environment, signals=signals)


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def _list() -> int:
    for name in _names():
        console.show(f"{name:20} {_first_line(FOLDER / f'{name}.py')}")
    return 0


def _first_line(path: Path) -> str:
    words = ast.get_docstring(ast.parse(path.read_text())) or ""
    return words.partition("\n")[0]

"""The static files of checkout and packages go in; out comes whether they must be collected again."""

import hashlib
from pathlib import Path

from config.startup.options import CHECKOUT
from config.startup.state import State

STAMP = "collected"
APPS = ("accounts", "customers", "consent", "campaigns")


def are_collected(state: State) -> bool:
    stamp = state.static / STAMP
    return stamp.exists() and stamp.read_text() == _fingerprint()


def note_collected(state: State) -> None:
    (state.static / STAMP).write_text(_fingerprint())


def _fingerprint() -> str:
    """Of names, sizes and times of our files, and of the pinned packages."""
    folders = [CHECKOUT / "static", *(CHECKOUT / app / "static" for app in APPS)]
    facts = [_facts(path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    facts.append((CHECKOUT / "requirements.lock").read_text())
    facts.append((CHECKOUT / "config" / "settings.py").read_text())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _facts(path: Path) -> str:
    stat = path.stat()
    return f"{path.relative_to(CHECKOUT)} {stat.st_size} {stat.st_mtime_ns}"

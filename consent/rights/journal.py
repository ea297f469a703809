"""Erasures in, lines of a file outside the database out and back: a restored backup does not bring anybody back (RT5).

One file a tenant under FILES_DIR/erasures, a line of JSON an erasure, written and synced before the erasure is committed: a line too many
erases what was to be erased anyway, a line too few would not. Nothing in it says who: row numbers with the time they were made, and hashes.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings

from accounts import tenancy


class Line(NamedTuple):
    """`rows`: (id, created_at) of each row of a customer: after a restore the number alone could be somebody else's."""

    at: datetime
    rows: list[tuple[int, datetime]]
    identifiers: list[bytes]  # digests of customers/erased.py
    addresses: list[tuple[bytes, str]]  # digest of consent/suppressions.py, channel
    came_back: bool = False  # not an erasure: its owner confirmed the address again, so it is free from then on


def path() -> Path:
    return Path(settings.MEDIA_ROOT) / "erasures" / f"{tenancy.current().pk}.jsonl"


def write(line: Line) -> None:
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps(
        {
            "at": line.at.isoformat(),
            "rows": [[row_id, at.isoformat()] for row_id, at in line.rows],
            "identifiers": [each.hex() for each in line.identifiers],
            "addresses": [[digest.hex(), channel] for digest, channel in line.addresses],
            **({"came_back": True} if line.came_back else {}),
        }
    )
    with file.open("ab+") as opened:
        opened.write(_after_what_was_cut_off(opened) + text.encode() + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


def _after_what_was_cut_off(opened: BinaryIO) -> bytes:
    """A crash may have left half a line: what follows begins on one of its own, or both would be lost."""
    if opened.seek(0, os.SEEK_END) == 0:
        return b""
    opened.seek(-1, os.SEEK_END)
    return b"" if opened.read(1) == b"\n" else b"\n"


def lines() -> Iterator[Line]:
    """From the first. A last line that a crash cut off is left out: its erasure was not committed."""
    file = path()
    if not file.exists():
        return
    for text in file.read_bytes().splitlines():
        try:
            yield _line(json.loads(text))
        except ValueError:
            continue


def _line(said: dict[str, Any]) -> Line:
    return Line(
        datetime.fromisoformat(said["at"]),
        [(row_id, datetime.fromisoformat(at)) for row_id, at in said["rows"]],
        [bytes.fromhex(each) for each in said["identifiers"]],
        [(bytes.fromhex(digest), channel) for digest, channel in said["addresses"]],
        said.get("came_back", False),
    )

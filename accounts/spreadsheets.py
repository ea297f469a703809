"""Rows in, CSV lines out that a spreadsheet opens without running anything."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

# As OWASP lists them, with the wide forms that a spreadsheet in Japanese reads as the same.
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Line:
    """What csv.writer writes to: hands the line back."""

    def write(self, text: str) -> str:
        return text


def csv_of(header: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """RFC 4180; with a byte order mark, so that a spreadsheet reads UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([safe(name) for name in header])
    for row in rows:
        yield writer.writerow([safe(value) for value in row])


def safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote before it (ASVS 1.2.10)."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value.startswith(STARTS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value

"""The document of a customer in; one zip out: a page to read, the same as JSON with its schema, and a CSV file a table."""

import json
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.template.loader import render_to_string

from accounts import spreadsheets
from consent.rights.gathering import Document

SCHEMA = Path(__file__).with_name("access.schema.json")


def pack(document: Document, into: BinaryIO) -> None:
    """Writes it to `into`, which is left at its end."""
    with ZipFile(into, "w", ZIP_DEFLATED) as package:
        package.writestr("index.html", render_to_string("portal/package.html", {"data": document, "tables": _in_columns(document)}))
        package.writestr("data.json", json.dumps(document, ensure_ascii=False, indent=2))
        package.writestr(SCHEMA.name, SCHEMA.read_text(encoding="utf-8"))
        for table in document["tables"]:
            package.writestr(f"csv/{table['table']}.csv", "".join(_csv(table["rows"])))


def count(document: Document) -> int:
    """How many things are in it."""
    parts = ("attributes", "known_by", "worked_out", "consents", "decisions", "requests", "looked")
    return sum(len(document[part]) for part in parts) + sum(len(table["rows"]) for table in document["tables"])


def _csv(rows: list[dict[str, Any]]) -> Any:
    columns = _columns(rows)
    return spreadsheets.csv_of(columns, ([row.get(column) for column in columns] for row in rows))


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _in_columns(document: Document) -> list[dict[str, Any]]:
    """For the page: a table as its header and its lines."""
    return [_table(table, _columns(table["rows"])) for table in document["tables"] if table["rows"]]


def _table(table: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    lines = [[_plain(row.get(column)) for column in columns] for row in table["rows"]]
    return {"what": table["what"], "name": table["table"], "columns": columns, "lines": lines}


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else "" if value is None else value

"""The published form of a rule (JSON Schema 2020-12) out; the file beside this one."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "rule.schema.json"


@cache
def load() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))

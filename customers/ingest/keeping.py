"""An item that could not be taken in, as it came, in; the text that the quarantine keeps of it out. Leaves no row.

What a library says of the machine it ran on (address, browser, screen, place) is used for nothing, so it is not kept either.
"""

import json
from typing import Any

USED = ("traits", "page")  # of the context


def text(raw: bytes, sent_at: Any) -> str:
    """With when its batch says that it was sent: a replay corrects the clock by it. Kept as it came where it is no JSON."""
    said = raw.decode(errors="replace")
    try:
        item = json.loads(said)  # takes what msgspec does not: NaN, half a character
    except (ValueError, RecursionError):
        return said.replace("\x00", "")
    if not isinstance(item, dict):
        return said.replace("\x00", "")
    item.pop("writeKey", None)
    if isinstance(item.get("context"), dict):
        item["context"] = {key: value for key, value in item["context"].items() if key in USED}
    if sent_at and isinstance(sent_at, str):
        item.setdefault("sentAt", sent_at)
    return json.dumps(item, separators=(",", ":"))

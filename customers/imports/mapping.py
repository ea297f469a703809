"""The columns of a file in, what each may stand for out: targets, suggestions by name and by value, and what is wrong with a choice.

A mapping is {target: name of the column}. Leaves no row.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from customers import catalogue, values
from customers.imports import words
from customers.imports.reading import Row
from customers.models import Attribute, EventType, Import, Source

Kind = Import.Kind
IDENTIFIERS = ("external_id", "email", "phone", "anonymous_id")
OF_AN_EVENT = ("timestamp", "message_id", "order_id", "amount", "currency")
PROPERTY = re.compile(r"[^\x00-\x1f]{1,100}")
AMBIGUOUS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?:[T ].*)?$")


class Target(NamedTuple):
    key: str
    label: str
    type: str  # an Attribute.Type; "" for what only names a customer


class Wrong(NamedTuple):
    """What is wrong with a mapping: the target it is about ("" = the whole of it) and what would be right."""

    target: str
    reason: str


def targets(kind: str, event_type: EventType | None) -> list[Target]:
    """What a column of this kind of file may be, identifiers first."""
    if kind == Kind.EVENTS:
        return [*_identifiers(), *_of_an_event(), *_properties(event_type)]
    known = [Target(key, _(attribute.label), attribute.type) for key, attribute in catalogue.attributes().items() if key not in IDENTIFIERS]
    return [*_identifiers(), *known]


def suggest(names: Sequence[str], first: Sequence[Row], known: Iterable[Target]) -> dict[str, str]:
    """A mapping by the names of the columns, and by what stands in them where no name tells. A target goes to one column."""
    left = {target.key: target for target in known}
    chosen: dict[str, str] = {}
    for name in names:
        target = _by_name(name, left)
        if target and target not in chosen:
            chosen[target] = name
    for place, name in enumerate(names):
        target = _by_value([cell(row, place) for row in first])
        if target in left and target not in chosen and name not in chosen.values():
            chosen[target] = name
    return chosen


def faults(mapping: dict[str, str], names: Sequence[str], kind: str, known: Iterable[Target]) -> list[Wrong]:
    """What keeps this mapping from being used."""
    keys = {target.key for target in known}
    found = [_fault_of(target, column, names, keys if kind != Kind.EVENTS else None) for target, column in mapping.items()]
    if not any(target in mapping for target in IDENTIFIERS):
        found.append(Wrong("", _("Say which column tells whose row it is: a customer number, an e-mail address or a phone number.")))
    if kind == Kind.EVENTS and "timestamp" not in mapping:
        found.append(Wrong("", _("Say which column tells when it happened.")))
    return [wrong for wrong in found if wrong]


def too_telling(mapping: dict[str, str], source: Source) -> list[Wrong]:
    """Columns that say who somebody is, from a source whose card says that it does not."""
    reason = _("The card of this source says that it does not tell who somebody is: it may only name devices.")
    return [Wrong(target, reason) for target in IDENTIFIERS if target in mapping and target != "anonymous_id" and not source.identifies]


def month_first(mapping: dict[str, str], names: Sequence[str], first: Sequence[Row], known: Iterable[Target]) -> list[str]:
    """The targets whose dates have the month before the day: a number over 12 stands in second place, and none in first."""
    dated = {target.key for target in known if target.type in (Attribute.Type.DATE, Attribute.Type.TIME)} & mapping.keys()
    return sorted(key for key in dated if _is_month_first(cell(row, names.index(mapping[key])) for row in first))


def said_dates(mapping: dict[str, str], names: Sequence[str], first: Sequence[Row], month: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Column -> a date as it stands there and how it is read, for columns whose dates could be read in two ways."""
    read: dict[str, tuple[str, str]] = {}
    for target, column in mapping.items():
        samples = (cell(row, names.index(column)).strip() for row in first) if column in names else ()
        if example := next((text for text in samples if AMBIGUOUS.match(text)), ""):
            read[column] = (example, _iso(example, target in month))
    return read


def cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def day_first(said: str) -> str:
    """12/31/1984 as 31-12-1984; what is no such date stays as it is."""
    found = AMBIGUOUS.match(said)
    return f"{found[2]}-{found[1]}-{said[found.end(2) + 1 :]}" if found else said


def plain(name: str) -> str:
    """A name without case, accents and signs: "E-mail adres" is "emailadres"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def property_key(name: str) -> str:
    """The key under which a column that no catalogue knows is kept with an event."""
    return re.sub(r"[^a-z0-9]+", "_", unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()).strip("_")[:60]


def _identifiers() -> list[Target]:
    labels = (_("Customer number"), _("E-mail"), _("Phone"), _("Device"))
    return [Target(key, label, "") for key, label in zip(IDENTIFIERS, labels, strict=True)]


def _of_an_event() -> list[Target]:
    labels = (_("When it happened"), _("Number of the message"), _("Order number"), _("Amount"), _("Currency"))
    types = (Attribute.Type.TIME, "", "", Attribute.Type.MONEY, "")
    return [Target(*made) for made in zip(OF_AN_EVENT, labels, types, strict=True)]


def _properties(event_type: EventType | None) -> list[Target]:
    listed: list[dict[str, Any]] = event_type.properties if event_type else []
    taken = {*OF_AN_EVENT, event_type.amount_key if event_type else ""}
    return [
        Target(entry["key"], entry["key"], entry["type"]) for entry in listed if entry["type"] != "products" and entry["key"] not in taken
    ]


def _by_name(name: str, left: dict[str, Target]) -> str:
    said = plain(name)
    for key, target in left.items():
        if said in (plain(key), plain(target.label)):
            return key
    return next((key for key in words.MEANT_BY.get(said, ()) if key in left), "")


def _by_value(cells: Iterable[str]) -> str:
    said = [text.strip() for text in cells if text.strip()]
    if said and sum(map(_is_email, said)) > 0.8 * len(said):
        return "email"
    return "phone" if said and all(text.startswith("+") and text[1:].replace(" ", "").isdigit() for text in said) else ""


def _is_email(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text))


def _fault_of(target: str, column: str, names: Sequence[str], keys: set[str] | None) -> Wrong | None:
    if column not in names:
        return Wrong(target, _no_column(column, names))
    if keys is not None and target not in keys:
        listed = ", ".join(sorted(keys))
        return Wrong(target, _("There is no attribute “%(key)s”. There is: %(keys)s.") % {"key": target, "keys": listed})
    return None if PROPERTY.fullmatch(target) else Wrong(target, _("“%(key)s” cannot be the name of a property.") % {"key": target})


def _no_column(column: str, names: Sequence[str]) -> str:
    twins = [name for name in names if name.startswith(f"{column} (")]
    if twins:
        return _("Several columns are called “%(name)s”. Choose one: %(names)s.") % {"name": column, "names": ", ".join(twins)}
    return _("The file has no column “%(name)s”. It has: %(names)s.") % {"name": column, "names": ", ".join(names[:40])}


def _is_month_first(cells: Iterable[str]) -> bool:
    found = [match for match in (AMBIGUOUS.match(text.strip()) for text in cells) if match]
    return any(int(match[2]) > 12 for match in found) and not any(int(match[1]) > 12 for match in found)


def _iso(example: str, is_month_first: bool) -> str:
    try:
        return values.day(day_first(example) if is_month_first else example)
    except values.BadValue:
        return ""

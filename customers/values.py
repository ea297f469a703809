"""A raw value in (text of a file, JSON of a source), its one canonical JSON form out. Raises BadValue with what would be right.

The forms stand in `Customer.attributes` and `SourceRecord.values`: text and choice as a string, whole and decimal as a number, yes or
no as true and false, date as "2026-11-22", date and time as "2026-11-22T09:30:00Z", money as a whole number of minor units of the
attribute's currency (ISO 4217), several choices as a sorted array of strings.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Attribute

LONGEST_TEXT = 1_000
LARGEST = 10**15  # of a number: beyond, a JSON number is no longer exact everywhere (RFC 8259 §6)
YES = frozenset({"true", "1", "yes", "y", "t", "ja", "j", "on", "waar"})
NO = frozenset({"false", "0", "no", "n", "f", "nee", "off", "onwaar"})
EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}  # others: 2 (ISO 4217)
GROUPED = re.compile(r"[-+]?\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d+)?$")
DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ].*)?$")
CURRENCY_SIGN = re.compile(r"^(?:€|\$|£|EUR|USD|GBP)\s*|\s*(?:€|EUR|USD|GBP)$")
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL has no place for these


class BadValue(ValueError):
    """A value that its type does not take. The text says what is wrong and what would be right; a retry does not help."""


def parse(raw: Any, attribute: Attribute, *, zone: tzinfo) -> Any:
    """The canonical form of `raw` for this attribute. `zone`: of a time that names none. Raises BadValue."""
    if attribute.type == Attribute.Type.MONEY:
        return amount(raw, attribute.currency or "EUR")
    if attribute.type in (Attribute.Type.CHOICE, Attribute.Type.CHOICES):
        return _CHOOSE[attribute.type](raw, attribute.options)
    return parse_type(raw, attribute.type, zone=zone)


def parse_type(raw: Any, type: str, *, zone: tzinfo) -> Any:  # noqa: A002 - the field's word
    """The canonical form of `raw` for a type that needs no more than its name. Raises BadValue."""
    if type == Attribute.Type.TIME:
        return f"{instant(raw, zone).replace(tzinfo=None).isoformat(timespec='seconds')}Z"  # strftime writes the year 812 as 812
    return _READ[type](raw)


def text(raw: Any) -> str:
    """Raises BadValue for what is no text, is longer than LONGEST_TEXT or holds a character that cannot be stored."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise BadValue(_("This is not a text."))
    said = str(raw).strip()
    if len(said) > LONGEST_TEXT:
        raise BadValue(_("Longer than %(most)s characters.") % {"most": LONGEST_TEXT})
    if UNSTORABLE.search(said):
        raise BadValue(_("Holds a character that is no text."))
    return said


def whole(raw: Any) -> int:
    number = _number(raw)
    if number != number.to_integral_value():
        raise BadValue(_("This is not a whole number."))
    return int(number)


def decimal(raw: Any) -> int | float:
    number = _number(raw)
    return int(number) if number == number.to_integral_value() else float(number)


def yes_no(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    said = str(raw).strip().lower()
    if said not in YES | NO:
        raise BadValue(_("This is neither yes nor no. Use true or false."))
    return said in YES


def day(raw: Any) -> str:
    """ISO 8601, or day-month-year as it is written in Europe. A time of day is left out."""
    said = text(raw)
    try:
        if found := DAY_FIRST.match(said):
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(said[:10]).isoformat()
    except ValueError:
        raise BadValue(_("This date does not exist. Write it as 2026-11-22.")) from None


def instant(raw: Any, zone: tzinfo) -> datetime:
    """An aware time in UTC; a date is its midnight in `zone`, a time without a zone is one in `zone`. Raises BadValue."""
    said = text(raw)
    try:
        if found := DAY_FIRST.match(said):
            said = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}{said[found.end(3) :]}"
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue(_("This time does not exist. Write it as 2026-11-22T09:30:00Z.")) from None


def amount(raw: Any, currency: str) -> int:
    """Minor units of `currency`: 12.5, "12.50", "1.204,50", "€ 12" all are taken; half a cent is rounded to even. Raises BadValue."""
    if isinstance(raw, str):
        raw = CURRENCY_SIGN.sub("", raw.strip())
    return int((_number(raw) * 10 ** EXPONENTS.get(currency, 2)).to_integral_value())


def looks_like(raw: Any) -> Attribute.Type:
    """The type that a value of an unknown key seems to have."""
    kinds = [(bool, Attribute.Type.YES_NO), (int, Attribute.Type.WHOLE), (float, Attribute.Type.DECIMAL), (list, Attribute.Type.CHOICES)]
    return next((kind for python, kind in kinds if isinstance(raw, python)), Attribute.Type.TEXT)


def is_storable(raw: Any) -> bool:
    """Whether JSON can go into the database: no NUL, no half of a surrogate pair, no number without an end."""
    if isinstance(raw, str):
        return not UNSTORABLE.search(raw)
    if isinstance(raw, dict):
        return all(is_storable(key) and is_storable(value) for key, value in raw.items())
    if isinstance(raw, list):
        return all(map(is_storable, raw))
    return not isinstance(raw, float) or abs(raw) < float("inf")


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise BadValue(_("This is not a number."))
    try:
        number = Decimal(_plain(raw) if isinstance(raw, str) else str(raw))
    except InvalidOperation:
        raise BadValue(_("This is not a number.")) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise BadValue(_("This number is too large."))
    return number


def _plain(said: str) -> str:
    """Digits and at most one point: "1.204,50" and "1,204.50" are both 1204.50, "12,5" is 12.5."""
    said = said.strip().replace("−", "-")
    last = max(said.rfind(","), said.rfind("."))
    kinds = set(said) & set(",.' \u00a0\u202f")
    if GROUPED.match(said) and (len(kinds) == 2 or said.count(said[last]) > 1 or not kinds & {",", "."}):
        decimals = said[last + 1 :] if said.count(said[last]) == 1 and len(said) - last - 1 != 3 else ""
        head = said[:last] if decimals else said
        return re.sub(r"[^\d+-]", "", head) + (f".{decimals}" if decimals else "")
    return said.replace(",", ".") if said.count(",") == 1 and "." not in said else said


def _one_choice(raw: Any, options: list[str]) -> str:
    said = text(raw)
    known = {option.casefold(): option for option in options}
    if known and said.casefold() not in known:
        raise BadValue(_("This is not one of the choices: %(choices)s.") % {"choices": ", ".join(options[:10])})
    return known.get(said.casefold(), said)


def _choices(raw: Any, options: list[str]) -> list[str]:
    parts = raw if isinstance(raw, list) else re.split(r"[;|,]", text(raw))
    return sorted({_one_choice(part, options) for part in parts if str(part).strip()})


_READ: dict[str, Callable[[Any], Any]] = {
    Attribute.Type.TEXT: text,
    Attribute.Type.WHOLE: whole,
    Attribute.Type.DECIMAL: decimal,
    Attribute.Type.YES_NO: yes_no,
    Attribute.Type.DATE: day,
}
_CHOOSE: dict[str, Callable[[Any, list[str]], Any]] = {Attribute.Type.CHOICE: _one_choice, Attribute.Type.CHOICES: _choices}

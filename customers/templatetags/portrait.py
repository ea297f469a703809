"""A value as it is stored goes in; how it is said in the language of the page comes out. Leaves no row."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import get_language, gettext

from accounts import tenancy
from customers.models import Attribute
from customers.standard_events import PRODUCTS
from customers.values import EXPONENTS

register = template.Library()

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
NARROW = "\u00a0"


@register.filter
def money(minor: int | None, currency: str = "") -> str:
    """€1,204.50, or € 1.204,50 in Dutch. `minor`: minor units; `currency`: ISO 4217, that of the tenant when left out."""
    if minor is None:
        return ""
    currency = currency or tenancy.current().currency
    places = EXPONENTS.get(currency, 2)
    number = formats.number_format(abs(Decimal(minor).scaleb(-places)), places, use_l10n=True, force_grouping=True)
    gap = NARROW if currency not in SIGNS or (get_language() or "").startswith("nl") else ""
    return f"{'−' if minor < 0 else ''}{SIGNS.get(currency, currency)}{gap}{number}"


@register.filter
def said(value: Any, attribute: Attribute | None) -> str:
    """A value of the catalogue in words."""
    if value is None or value == "":
        return ""
    kind = attribute.type if attribute else ""
    if kind == Attribute.Type.MONEY and isinstance(value, int):
        return money(value, attribute.currency)
    if kind == Attribute.Type.DATE:
        return _day(str(value))
    if kind == Attribute.Type.TIME:
        return _time(str(value))
    return _plain(value)


@register.filter
def label(thing: Any) -> str:
    """The name of an attribute or event of the standard catalogue in the language of the page; a tenant's own name as it is."""
    return gettext(str(thing)) if str(thing) else ""


@register.filter
def spelled_out(value: str) -> str:
    """A stored day or moment, in full: 9 February 1981."""
    day = _day(value)
    return day if day != value else _time(value)


@register.filter
def kind_of_value(type_: str) -> str:
    """The name of a type of the catalogue; what is none, such as "products" of an event, in its own words."""
    names = {**dict(Attribute.Type.choices), PRODUCTS: gettext("Products")}
    return str(names.get(type_, type_))


@register.filter
def gist(item: str) -> str:
    """Of an item that a source sent as JSON: which call or event, and of whom. Empty where it cannot be read."""
    try:
        read = json.loads(item)
        parts = (read.get("event") or read.get("type"), read.get("userId") or read.get("anonymousId"))
    except (ValueError, AttributeError, RecursionError):
        return ""
    return " · ".join(str(part)[:60] for part in parts if part).encode(errors="replace").decode()  # half a character is none


@register.filter
def of(values: dict[str, Any], key: str) -> Any:
    """The value of a key that only the page knows."""
    return values.get(key)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int | float):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)


def _day(value: str) -> str:
    try:
        return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        return value


def _time(value: str) -> str:
    try:
        return formats.date_format(datetime.fromisoformat(value).astimezone(tenancy.current().zone), "DATETIME_FORMAT")
    except ValueError:
        return value

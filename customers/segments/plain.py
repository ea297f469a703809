"""A leaf that was read in, its JSON in one plain form out: numbers as numbers, dates as text, amounts as people write them."""

from datetime import date
from decimal import Decimal
from typing import Any

from customers.models import Attribute
from customers.segments.rule import EventLeaf, Filter, Window
from customers.values import EXPONENTS


def major(minor: int, currency: str) -> int | float:
    """12050 -> 120.5"""
    amount = Decimal(minor) / 10 ** EXPONENTS.get(currency, 2)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def of_attribute(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, list):
        return [of_attribute(attribute, each) for each in value]
    if attribute.type == Attribute.Type.MONEY and not isinstance(value, bool):
        return major(value, attribute.currency or "EUR")
    return value.isoformat() if isinstance(value, date) else value


def of_event(leaf: EventLeaf, *, is_short: bool) -> dict[str, Any]:
    """`is_short`: it only asks whether it was done."""
    said: dict[str, Any] = {"event": leaf.type.name}
    if is_short:
        said["did"] = leaf.test == "at_least"
    elif leaf.measure in ("first", "last"):
        said[leaf.measure] = of_window(leaf.when)
    elif leaf.measure == "total":
        said["total"] = {leaf.test: major(leaf.value, leaf.currency), "currency": leaf.currency}
    else:
        said["times"] = {leaf.test: leaf.value}
    window, where = of_window(leaf.window), [_of_filter(each) for each in leaf.where]
    return {**said, **({"window": window} if window else {}), **({"where": where} if where else {})}


def of_window(window: Window) -> dict[str, Any]:
    first, last = (day.isoformat() if day else "" for day in (window.first, window.last))
    forms: dict[str, dict[str, Any]] = {
        "ever": {},
        "last_days": {"last_days": window.number},
        "last_hours": {"last_hours": window.number},
        "between": {"between": [first, last]},
        "before": {"before": first},
        "after": {"after": first},
        "days_before": {"days": window.number, "before": first},
    }
    return forms[window.kind]


def _of_filter(one: Filter) -> dict[str, Any]:
    return {"property": one.name, one.test: one.value}

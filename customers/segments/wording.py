"""A value of a rule in, how it is said in the active language out: amounts, dates, lists of words."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Attribute
from customers.models.score import Lifecycle
from customers.segments.rule import Window
from customers.values import EXPONENTS

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def money(minor: int, currency: str) -> str:
    """€1,204.50 in English, € 1.204,50 in Dutch."""
    digits = EXPONENTS.get(currency, 2)
    amount = formats.number_format(abs(Decimal(minor)) / 10**digits, decimal_pos=digits, use_l10n=True, force_grouping=True)
    sign, minus = SIGNS.get(currency, currency), "−" if minor < 0 else ""
    # Translators: how an amount of money is written, the sign of the currency and the number.
    return minus + _("%(sign)s%(amount)s") % {"sign": sign if len(sign) == 1 else f"{sign} ", "amount": amount}


def number(value: Any) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def day(value: date) -> str:
    return formats.date_format(value, "DATE_FORMAT")


def of_attribute(attribute: Attribute, value: Any) -> str:
    """One value as somebody reads it."""
    if attribute.type == Attribute.Type.MONEY:
        return money(value, attribute.currency or "EUR")
    if attribute.type in (Attribute.Type.WHOLE, Attribute.Type.DECIMAL):
        return number(value)
    return of_json(value)


def of_json(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return day(value)
    return number(value) if isinstance(value, int | float) else f"“{value}”"


def stage(value: str) -> str:
    return str(Lifecycle(value).label)


def either(words: Iterable[str]) -> str:
    return _listed(list(words), _("%(first)s or %(last)s"))


def every(words: Iterable[str]) -> str:
    return _listed(list(words), _("%(first)s and %(last)s"))


def _listed(words: list[str], pattern: str) -> str:
    return pattern % {"first": ", ".join(words[:-1]), "last": words[-1]} if len(words) > 1 else "".join(words)


def window(asked: Window) -> str:
    """As "in the last 90 days"; nothing for ever."""
    said = {"number": number(asked.number), "first": day(asked.first) if asked.first else "", "last": day(asked.last) if asked.last else ""}
    patterns = {
        "ever": "",
        "last_days": ngettext("in the last %(number)s day", "in the last %(number)s days", asked.number),
        "last_hours": ngettext("in the last %(number)s hour", "in the last %(number)s hours", asked.number),
        "between": _("from %(first)s to %(last)s"),
        "before": _("before %(first)s"),
        "after": _("after %(first)s"),
        "days_before": ngettext("in the %(number)s day before %(first)s", "in the %(number)s days before %(first)s", asked.number),
    }
    return patterns[asked.kind] % said

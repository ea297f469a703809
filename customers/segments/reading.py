"""One JSON value of a rule in, what it stands for out. Raises BadValue; `at` turns that into Wrong with the key it stood at."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from customers import values
from customers.segments.faults import Wrong
from customers.segments.rule import FIRST_DAY, LAST_DAY, MOST_DAYS, MOST_HOURS, MOST_VALUES, Window

STEP = re.compile(r"([A-Za-z_$][A-Za-z0-9_ -]{0,59})(\[\])?")
DEEPEST_PROPERTY = 4
WINDOWS = (
    '{"last_days": 90}, {"last_hours": 24}, {"between": [date, date]}, {"before": date}, {"after": date}, {"days": 90, "before": date}'
)


def at[T](key: str, read: Callable[[], T]) -> T:
    """What `read` gives. Raises Wrong at `key` for a bad value."""
    try:
        return read()
    except values.BadValue as bad:
        raise Wrong(key, bad) from None


def truth(said: Any) -> bool:
    if not isinstance(said, bool):
        raise values.BadValue(_("This is neither true nor false."))
    return said


def words(said: Any) -> str:
    if not isinstance(said, str) or not said.strip():
        raise values.BadValue(_("Write a word here."))
    return values.text(said)


def count_to(most: int) -> Callable[[Any], int]:
    return count_from_to(0, most)


def count_from_to(least: int, most: int) -> Callable[[Any], int]:
    def read(said: Any) -> int:
        number = values.whole(said)
        if not least <= number <= most:
            raise values.BadValue(_("Use a number from %(least)d to %(most)d.") % {"least": least, "most": most})
        return number

    return read


def one_of(known: tuple[str, ...]) -> Callable[[Any], str]:
    def read(said: Any) -> str:
        if said not in known:
            raise values.BadValue(_("This is not one of the choices: %(choices)s.") % {"choices": ", ".join(known)})
        return said

    return read


def some(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise values.BadValue(_("Write a list here: […]."))
    if len(said) > MOST_VALUES:
        raise values.BadValue(_("A list has at most %(most)d values.") % {"most": MOST_VALUES})
    return said


def several(said: Any, read: Callable[[Any], Any]) -> list[Any]:
    found = [read(each) for each in some(said)]
    if not found:
        raise values.BadValue(_("Write at least one value."))
    return list(dict.fromkeys(found))


def pair(said: Any, read: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(said, list) or len(said) != 2:
        raise values.BadValue(_("Write two values: the lowest and the highest."))
    low, high = map(read, said)
    if low > high:
        raise values.BadValue(_("The first is higher than the second."))
    return [low, high]


def scalar(said: Any) -> str | int | float | bool:
    if isinstance(said, bool):
        return said
    return values.decimal(said) if isinstance(said, int | float) else words(said)


def currency(said: Any) -> str:
    if not isinstance(said, str) or not re.fullmatch(r"[A-Z]{3}", said):
        raise values.BadValue(_("A currency has three capital letters, such as EUR."))
    return said


def day(said: Any) -> date:
    found = date.fromisoformat(values.day(said))
    if not FIRST_DAY <= found <= LAST_DAY:
        raise values.BadValue(_("Use a date between %(first)s and %(last)s.") % {"first": FIRST_DAY, "last": LAST_DAY})
    return found


def amount_test(said: Any, tests: tuple[str, ...], *, may_have_currency: bool) -> tuple[str, str]:
    """Of {"at_least": 2} the test, and the currency if it names one."""
    if not isinstance(said, dict):
        raise values.BadValue(_('Write it like {"at_least": 2}.'))
    asked = [key for key in said if not (may_have_currency and key == "currency")]
    if len(asked) != 1 or asked[0] not in tests:
        raise values.BadValue(_("Say how it is tested, once: %(tests)s.") % {"tests": ", ".join(tests)})
    return asked[0], currency(said["currency"]) if "currency" in said and may_have_currency else ""


def window(said: Any) -> Window:
    """Raises BadValue for anything but the forms in WINDOWS, and {} for ever."""
    keys = frozenset(said) if isinstance(said, dict) else None
    if keys not in _WINDOWS:
        raise values.BadValue(_("This is no window. Use one of: %(windows)s.") % {"windows": WINDOWS})
    return _WINDOWS[keys](said)


def _between(said: dict[str, Any]) -> Window:
    first, last = pair(said["between"], day)
    return Window("between", first=first, last=last)


_WINDOWS: dict[frozenset[str] | None, Callable[[dict[str, Any]], Window]] = {
    frozenset(): lambda said: Window(),
    frozenset({"last_days"}): lambda said: Window("last_days", count_to(MOST_DAYS)(said["last_days"])),
    frozenset({"last_hours"}): lambda said: Window("last_hours", count_from_to(1, MOST_HOURS)(said["last_hours"])),
    frozenset({"between"}): _between,
    frozenset({"before"}): lambda said: Window("before", first=day(said["before"])),
    frozenset({"after"}): lambda said: Window("after", first=day(said["after"])),
    frozenset({"days", "before"}): lambda said: Window("days_before", count_from_to(1, MOST_DAYS)(said["days"]), day(said["before"])),
}


def property_path(said: Any) -> tuple[tuple[str, bool], ...]:
    """ "products[].category" -> (("products", True), ("category", False)). Keys are words: nothing of them becomes SQL."""
    steps = [STEP.fullmatch(step) for step in words(said).split(".")]
    if not all(steps) or len(steps) > DEEPEST_PROPERTY:
        raise values.BadValue(_("This is no property. Examples: category, shipping.city, products[].category."))
    return tuple((step[1], bool(step[2])) for step in steps)

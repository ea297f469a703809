"""Ready-made rules to start from: a name, what it is for, and the JSON, out. Leaves no row."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from customers.models import LifecycleRule
from customers.segments.rule import VERSION


class Start(NamedTuple):
    slug: str
    name: Any
    text: Any
    icon: str
    rule: dict[str, Any]


# slug, name, what it is, icon, and the lines of its rule by the name of the event that counts as an order
STARTS: list[tuple[str, Any, Any, str, Callable[[str], list[dict[str, Any]]]]] = [
    (
        "new",
        _("New customers"),
        _("Ordered for the first time in the last 30 days."),
        "flag",
        lambda order: [{"event": order, "first": {"last_days": 30}}],
    ),
    (
        "loyal",
        _("Loyal customers"),
        _("Ordered at least three times in the last year."),
        "people",
        lambda order: [{"event": order, "times": {"at_least": 3}, "window": {"last_days": 365}}],
    ),
    (
        "at-risk",
        _("At risk"),
        _("Ordered at least twice, but not in the last half year."),
        "exclamation-triangle",
        lambda order: [{"event": order, "times": {"at_least": 2}}, {"event": order, "did": False, "window": {"last_days": 180}}],
    ),
    (
        "lapsed",
        _("Lapsed"),
        _("Ordered once, but not in the last year."),
        "clock-history",
        lambda order: [{"event": order}, {"event": order, "did": False, "window": {"last_days": 365}}],
    ),
    (
        "big-spenders",
        _("Big spenders"),
        _("In the fifth that spends the most."),
        "cart",
        lambda _order: [{"score": "money", "between": [5, 5]}],
    ),
    (
        "birthday",
        _("Birthday soon"),
        _("Has a birthday within a week."),
        "calendar3",
        lambda _order: [{"attribute": "birthday", "anniversary_in_days": 7}],
    ),
]


def starts() -> list[Start]:
    """In the words of the tenant: its event that counts as an order."""
    order = (LifecycleRule.objects.first() or LifecycleRule()).order_event
    return [Start(slug, name, text, icon, _all(*leaves(order))) for slug, name, text, icon, leaves in STARTS]


def start(slug: str) -> Start | None:
    return next((each for each in starts() if each.slug == slug), None)


def empty() -> dict[str, Any]:
    return _all()


def _all(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"version": VERSION, "all": list(leaves)}

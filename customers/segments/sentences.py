"""A rule in, one sentence in the active language out, and one for each leaf; as rows, in every language of the product."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from customers.models import Attribute
from customers.segments import wording
from customers.segments.rule import (
    AttributeLeaf,
    EventLeaf,
    Filter,
    Group,
    Leaf,
    Rule,
    ScoreLeaf,
    SegmentLeaf,
)


def in_every_language(rule: Rule) -> dict[str, str]:
    """Language -> sentence, as `SegmentVersion.says` keeps it."""
    said = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            said[code] = say(rule)
    return said


def say(rule: Rule) -> str:
    """ "Customers whose city is Utrecht and who did “Order Completed” in the last 90 days." """
    if not rule.root.parts:
        return _("All customers.")
    if rule.root.kind == "none":
        return _("All customers, but not those %(what)s.") % {"what": wording.either(map(part, rule.root.parts))}
    joined = wording.every if rule.root.kind == "all" else wording.either
    return _("Customers %(what)s.") % {"what": joined(map(part, rule.root.parts))}


def part(one: Group | Leaf) -> str:
    """A clause that goes on after "customers"."""
    if not isinstance(one, Group):
        return leaf(one)
    clauses = [part(each) for each in one.parts]
    if one.kind == "none":
        return _("not among those %(what)s") % {"what": wording.either(clauses)}
    joined = (wording.every if one.kind == "all" else wording.either)(clauses)
    return f"({joined})" if len(clauses) > 1 else joined


def line(one: Leaf, is_turned: bool) -> str:
    """A leaf by itself: turned around when it stands in a group of "none"."""
    return _("not among those %(what)s") % {"what": leaf(one)} if is_turned else leaf(one)


def is_turned(root: Group, path: tuple[int, ...]) -> bool:
    """Whether an odd number of the groups around a leaf say "none"."""
    turned, part = False, root
    for number in path:
        turned ^= part.kind == "none"
        part = part.parts[number]
    return turned


def leaf(one: Leaf) -> str:
    if isinstance(one, AttributeLeaf):
        return _attribute(one)
    if isinstance(one, EventLeaf):
        return _event(one)
    return _segment(one) if isinstance(one, SegmentLeaf) else _score(one)


def _lower(label: str) -> str:
    """ "City" in a sentence is "city"; "VIP" and "E-mail" stay as they are."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _attribute(one: AttributeLeaf) -> str:
    said = {"attribute": _lower(_(one.attribute.label)), "value": _value(one)}
    if one.test == "between":
        low, high = (wording.of_attribute(one.attribute, value) for value in one.value)
        return _("whose %(attribute)s is from %(low)s to %(high)s") % {**said, "low": low, "high": high}
    if one.test == "is_known":
        return (_("whose %(attribute)s is known") if one.value else _("whose %(attribute)s is not known")) % said
    if one.attribute.type == Attribute.Type.CHOICES:
        return _("whose %(attribute)s include %(value)s") % said
    return _days(one, said) or _attribute_patterns()[one.test] % said


def _attribute_patterns() -> dict[str, str]:
    return {
        "is": _("whose %(attribute)s is %(value)s"),
        "is_not": _("whose %(attribute)s is not %(value)s"),
        "one_of": _("whose %(attribute)s is %(value)s"),
        "contains": _("whose %(attribute)s contains %(value)s"),
        "begins_with": _("whose %(attribute)s begins with %(value)s"),
        "more_than": _("whose %(attribute)s is more than %(value)s"),
        "less_than": _("whose %(attribute)s is less than %(value)s"),
        "at_least": _("whose %(attribute)s is at least %(value)s"),
        "at_most": _("whose %(attribute)s is at most %(value)s"),
        "before": _("whose %(attribute)s is before %(value)s"),
        "after": _("whose %(attribute)s is after %(value)s"),
    }


def _days(one: AttributeLeaf, said: dict[str, str]) -> str:
    number = one.value if isinstance(one.value, int) else 0
    patterns = {
        "in_last_days": ngettext(
            "whose %(attribute)s was in the last %(value)s day", "whose %(attribute)s was in the last %(value)s days", number
        ),
        "in_next_days": ngettext(
            "whose %(attribute)s is in the next %(value)s day", "whose %(attribute)s is in the next %(value)s days", number
        ),
        "anniversary_in_days": ngettext(
            "whose %(attribute)s comes round within %(value)s day", "whose %(attribute)s comes round within %(value)s days", number
        ),
    }
    return patterns[one.test] % {**said, "value": wording.number(number)} if one.test in patterns else ""


def _value(one: AttributeLeaf) -> str:
    if not isinstance(one.value, list):
        return wording.of_attribute(one.attribute, one.value)
    together = wording.every if one.test == "all_of" else wording.either
    return together(wording.of_attribute(one.attribute, value) for value in one.value)


def _event(one: EventLeaf) -> str:
    tail = " ".join(filter(None, [wording.window(one.window), _where(one.where)]))
    said = {"event": f"“{one.type.name}”", "when": wording.window(one.when) or _("at some time")}
    if one.measure == "first":
        clause = _("whose first %(event)s was %(when)s") % said
    elif one.measure == "last":
        clause = _("whose last %(event)s was %(when)s") % said
    elif one.measure == "total":
        clause = _("whose %(event)s come to %(amount)s in all") % {
            **said,
            "amount": amount(one.test, wording.money(one.value, one.currency)),
        }
    else:
        clause = _times(one) % said
    return f"{clause} {tail}".strip()


def _times(one: EventLeaf) -> str:
    if (one.test, one.value) == ("at_least", 1):
        return _("who did %(event)s")
    if (one.test, one.value) in (("less_than", 1), ("at_most", 0), ("exactly", 0)):
        return _("who did not do %(event)s")
    times = ngettext("%(number)s time", "%(number)s times", one.value) % {"number": wording.number(one.value)}
    return _("who did %%(event)s %(times)s") % {"times": amount(one.test, times)}


def amount(test: str, value: str) -> str:
    patterns = {
        "at_least": _("at least %(value)s"),
        "at_most": _("at most %(value)s"),
        "more_than": _("more than %(value)s"),
        "less_than": _("less than %(value)s"),
        "exactly": _("exactly %(value)s"),
    }
    return patterns[test] % {"value": value}


def _where(filters: tuple[Filter, ...]) -> str:
    return _("where %(filters)s") % {"filters": wording.every(map(_filter, filters))} if filters else ""


def _filter(one: Filter) -> str:
    patterns = {
        "is": _("%(property)s is %(value)s"),
        "is_not": _("%(property)s is not %(value)s"),
        "one_of": _("%(property)s is %(value)s"),
        "contains": _("%(property)s contains %(value)s"),
        "begins_with": _("%(property)s begins with %(value)s"),
        "is_known": _("%(property)s is known") if one.value else _("%(property)s is not known"),
    }
    values: list[Any] = one.value if isinstance(one.value, list) else [one.value]
    value = wording.either(map(wording.of_json, values))
    pattern = patterns.get(one.test) or _("%(property)s is %(value)s")
    return pattern % {"property": one.name.replace("[]", ""), "value": value if one.test in patterns else amount(one.test, value)}


def _segment(one: SegmentLeaf) -> str:
    said = {"segment": f"“{one.segment.name}”"}
    return (_("who are in %(segment)s") if one.is_in else _("who are not in %(segment)s")) % said


def _score(one: ScoreLeaf) -> str:
    if one.score == "lifecycle":
        return _("whose lifecycle is %(stages)s") % {"stages": wording.either(map(wording.stage, one.value))}
    if one.score == "orders":
        orders = ngettext("%(number)s order", "%(number)s orders", one.value) % {"number": wording.number(one.value)}
        return _("who have %(orders)s") % {"orders": amount(one.test, orders)}
    if one.score == "spent":
        return _("who spent %(amount)s in all") % {"amount": amount(one.test, wording.money(one.value, one.currency))}
    names = {"recency": _("recency"), "frequency": _("frequency"), "money": _("money")}
    low, high = one.value
    said = {"score": names[one.score], "low": low, "high": high}
    return (_("whose %(score)s is %(low)s of 5") if low == high else _("whose %(score)s is %(low)s to %(high)s of 5")) % said

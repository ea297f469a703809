"""A rule asked the slow way: customer by customer, event by event, in plain Python. What the compiled SQL is held against."""

import operator
from datetime import date, datetime, timedelta
from types import SimpleNamespace

COMPARE = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
    "exactly": operator.eq,
    "is": operator.eq,
}


def matches(rule: dict, customer: SimpleNamespace, world: SimpleNamespace) -> bool:
    """`customer`: attributes, events (type, at, amount, currency, properties), segments (names), score. `world`: at, zone, types."""
    for kind, joined in (("all", all), ("any", any), ("none", lambda found: not any(found))):
        if kind in rule:
            return joined([matches(part, customer, world) for part in rule[kind]])
    if "attribute" in rule:
        return attribute_matches(rule, customer, world)
    if "event" in rule:
        return event_matches(rule, customer, world)
    if "score" in rule:
        return score_matches(rule, customer.score)
    return (rule["segment"] in customer.segments) == rule.get("in", True)


def attribute_matches(rule: dict, customer: SimpleNamespace, world: SimpleNamespace) -> bool:
    key = rule["attribute"]
    (test,) = set(rule) - {"attribute"}
    said, value = rule[test], customer.attributes.get(key)
    if test == "is_known":
        return (value is not None) == said
    if test == "is_not":
        return value != said
    if value is None:
        return False
    if world.types[key] in ("date", "time"):
        return day_matches(test, said, day_of(value, world), world)
    simple = {
        "one_of": lambda: value in said,
        "contains": lambda: said.lower() in value.lower(),
        "begins_with": lambda: value.lower().startswith(said.lower()),
        "between": lambda: said[0] <= value <= said[1],
        "any_of": lambda: bool(set(value) & set(said)),
        "all_of": lambda: set(said) <= set(value),
    }
    return simple[test]() if test in simple else COMPARE[test](value, said)


def day_of(value: str, world: SimpleNamespace) -> date:
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).astimezone(world.zone).date()


def day_matches(test: str, said, day: date, world: SimpleNamespace) -> bool:
    today = world.at.astimezone(world.zone).date()
    if test == "anniversary_in_days":
        return any(falls_on(day, today + timedelta(days=ahead)) for ahead in range(said + 1))
    tests = {
        "is": lambda: day == date.fromisoformat(said),
        "before": lambda: day < date.fromisoformat(said),
        "after": lambda: day > date.fromisoformat(said),
        "between": lambda: date.fromisoformat(said[0]) <= day <= date.fromisoformat(said[1]),
        "in_last_days": lambda: 0 <= (today - day).days <= said,
        "in_next_days": lambda: 0 <= (day - today).days <= said,
    }
    return tests[test]()


def falls_on(birthday: date, day: date) -> bool:
    try:
        return birthday.replace(year=day.year) == day
    except ValueError:  # 29 February in a common year
        return (day.month, day.day) == (2, 28)


def event_matches(rule: dict, customer: SimpleNamespace, world: SimpleNamespace) -> bool:
    events = [each for each in customer.events if each.type == rule["event"] and each.at <= world.at]
    events = [each for each in events if all(passes(one, each.properties) for one in rule.get("where", []))]
    for measure, pick in (("first", min), ("last", max)):
        if measure in rule:
            return bool(events) and is_within(rule[measure], pick(each.at for each in events), world)
    events = [each for each in events if is_within(rule.get("window", {}), each.at, world)]
    if "times" in rule:
        ((test, number),) = rule["times"].items()
        return COMPARE[test](len(events), number)
    if "total" in rule:
        test = next(key for key in rule["total"] if key != "currency")
        total = sum(each.amount or 0 for each in events if each.currency == rule["total"]["currency"])
        return COMPARE[test](total, round(rule["total"][test] * 100))
    return bool(events) == rule.get("did", True)


def is_within(window: dict, at: datetime, world: SimpleNamespace) -> bool:
    day, today = at.astimezone(world.zone).date(), world.at.astimezone(world.zone).date()
    if "last_hours" in window:
        return world.at - timedelta(hours=window["last_hours"]) <= at
    if "last_days" in window:
        return day >= today - timedelta(days=window["last_days"])
    if "between" in window:
        return date.fromisoformat(window["between"][0]) <= day <= date.fromisoformat(window["between"][1])
    if "days" in window:
        before = date.fromisoformat(window["before"])
        return before - timedelta(days=window["days"]) <= day < before
    if "before" in window:
        return day < date.fromisoformat(window["before"])
    return day > date.fromisoformat(window["after"]) if "after" in window else True


def passes(one: dict, properties: dict) -> bool:
    (test,) = set(one) - {"property"}
    values, said = list(values_at(one["property"].split("."), properties)), one[test]
    if test == "is_known":
        return bool([value for value in values if value is not None]) == said
    if test == "is_not":
        return not any(same(value, said) for value in values)
    return any(value_passes(test, value, said) for value in values)


def same(one, other) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def value_passes(test: str, value, said) -> bool:
    if test == "is":
        return same(value, said)
    if test == "one_of":
        return any(same(value, each) for each in said)
    if test in ("contains", "begins_with"):
        return isinstance(value, str) and (said.lower() in value.lower() if test == "contains" else value.lower().startswith(said.lower()))
    return isinstance(value, int | float) and not isinstance(value, bool) and COMPARE[test](value, said)


def values_at(steps: list[str], value):
    if not steps:
        yield value
        return
    key, is_list = steps[0].removesuffix("[]"), steps[0].endswith("[]")
    if not isinstance(value, dict) or key not in value:
        return
    if not is_list:
        yield from values_at(steps[1:], value[key])
    elif isinstance(value[key], list):
        for each in value[key]:
            yield from values_at(steps[1:], each)


def score_matches(rule: dict, score: dict | None) -> bool:
    (test,) = set(rule) - {"score", "currency"}
    if score is None:
        return False
    value, said = score[rule["score"]], rule[test]
    if test == "one_of":
        return value in said
    if test == "between":
        return said[0] <= value <= said[1]
    if rule["score"] == "spent":
        return score["currency"] == rule["currency"] and COMPARE[test](value, round(said * 100))
    return COMPARE[test](value, said)

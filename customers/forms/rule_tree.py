"""A posted rule builder in, the JSON of its rule out; and one step (add, remove, move up) on that JSON. Leaves no row.

Each field is named by the place of its line: "r.0.1:test" is the test of the second line of the first group. What is not filled
in yet comes out as it stands, so that the reader of rules can say at which line something is missing.
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import QueryDict

from customers.segments.rule import BANDS, DAYS, DEEPEST, GROUPS, LISTS, TESTS, VERSION
from customers.segments.vocabulary import Vocabulary

ROOT = "r"
Json = dict[str, Any]
NUMBER = re.compile(r"-?\d+([.,]\d+)?")
STEP = re.compile(r"\d{1,4}")


class Posted:
    """The fields of one line."""

    def __init__(self, data: QueryDict, place: str) -> None:
        self.data, self.place = data, place

    def get(self, field: str, default: str = "") -> str:
        return self.data.get(f"{self.place}:{field}", default).strip()

    def several(self, field: str) -> list[str]:
        """Of several fields or boxes with one name, or of one text with commas."""
        values = self.data.getlist(f"{self.place}:{field}")
        return [word.strip() for value in values for word in re.split(r"[,;\n]", value) if word.strip()]

    def children(self) -> list["Posted"]:
        found = (re.match(rf"{re.escape(self.place)}\.(\d{{1,4}}):is$", name) for name in self.data)
        return [Posted(self.data, f"{self.place}.{number}") for number in sorted(int(each[1]) for each in found if each)]


def rule_of(data: QueryDict, vocabulary: Vocabulary) -> Json:
    """A test that the attribute of a line cannot take (another one was chosen a moment ago) gives way to the usual one, without a value."""
    rule = {"version": VERSION, **_group(Posted(data, ROOT))}
    _fit(rule, vocabulary)
    return rule


def _fit(part: Json, vocabulary: Vocabulary) -> None:
    for each in _inside(part) or []:
        _fit(each, vocabulary)
    attribute = vocabulary.attributes.get(part.get("attribute", ""))
    if attribute and not any(test in part for test in TESTS[attribute.type]):
        for key in [key for key in part if key != "attribute"]:
            del part[key]
        part[TESTS[attribute.type][0]] = ""


def _group(line: Posted, depth: int = 0) -> Json:
    match = line.get("match", "all")
    deeper = line.children() if depth <= DEEPEST else []
    return {match if match in GROUPS else "all": [_part(each, depth) for each in deeper]}


def _part(line: Posted, depth: int) -> Json:
    if line.get("is") == "group":
        return _group(line, depth + 1)
    kind, _colon, word = line.get("subject").partition(":")
    return _LEAVES.get(kind, _attribute)(line, word)


def _attribute(line: Posted, key: str) -> Json:
    test = line.get("test", "is")
    if test in ("is_known", "is_unknown"):
        return {"attribute": key, "is_known": test == "is_known"}
    if test == "between":
        return {"attribute": key, test: [line.get("low"), line.get("high")]}
    if test in LISTS:
        return {"attribute": key, test: line.several("value")}
    value = line.get("value")
    return {"attribute": key, test: _number(value) if test in DAYS else value}


def _event(line: Posted, name: str) -> Json:
    measure = line.get("measure", "did")
    leaf: Json = {"event": name}
    if measure in ("did", "did_not"):
        leaf["did"] = measure == "did"
    elif measure in ("first", "last"):
        leaf[measure] = _window(line)
    else:
        leaf[measure] = {line.get("test", "at_least"): _number(line.get("value"))}
        if measure == "total" and line.get("currency"):
            leaf[measure]["currency"] = line.get("currency")
    if measure not in ("first", "last") and (window := _window(line)):
        leaf["window"] = window
    where = [_filter(Posted(line.data, f"{line.place}:where.{number}")) for number in range(_filters(line))]
    return {**leaf, "where": where} if where else leaf


def _filters(line: Posted) -> int:
    return sum(1 for name in line.data if re.fullmatch(rf"{re.escape(line.place)}:where\.\d+:property", name))


def _filter(line: Posted) -> Json:
    test = line.get("test", "is")
    if test in ("is_known", "is_unknown"):
        return {"property": line.get("property"), "is_known": test == "is_known"}
    if test == "one_of":
        return {"property": line.get("property"), test: list(map(_scalar, line.several("value")))}
    value = line.get("value")
    return {"property": line.get("property"), test: value if test in ("contains", "begins_with") else _scalar(value)}


def _window(line: Posted) -> Json:
    windows: dict[str, Callable[[], Json]] = {
        "last_days": lambda: {"last_days": _number(line.get("number"))},
        "last_hours": lambda: {"last_hours": _number(line.get("number"))},
        "between": lambda: {"between": [line.get("first"), line.get("last")]},
        "before": lambda: {"before": line.get("first")},
        "after": lambda: {"after": line.get("first")},
        "days_before": lambda: {"days": _number(line.get("number")), "before": line.get("first")},
    }
    return windows.get(line.get("window"), dict)()


def _segment(line: Posted, _word: str) -> Json:
    return {"segment": line.get("segment"), "in": line.get("in", "in") == "in"}


def _score(line: Posted, score: str) -> Json:
    if score == "lifecycle":
        return {"score": score, "one_of": line.several("value")}
    if score in BANDS:
        return {"score": score, "between": [_number(line.get("low", "4")), _number(line.get("high", "5"))]}
    currency = {"currency": line.get("currency")} if score == "spent" and line.get("currency") else {}
    return {"score": score, line.get("test", "at_least"): _number(line.get("value")), **currency}


_LEAVES: dict[str, Callable[[Posted, str], Json]] = {"attribute": _attribute, "event": _event, "segment": _segment, "score": _score}


def _number(said: str) -> int | str:
    return int(said) if re.fullmatch(r"-?\d{1,15}", said) else said


def _scalar(said: str) -> Any:
    """A number or yes/no where it looks like one; "…" in quotes is a text whatever it looks like."""
    if said in ("true", "false"):
        return said == "true"
    if NUMBER.fullmatch(said):
        return float(said.replace(",", ".")) if re.search(r"[.,]", said) else _number(said)
    return said[1:-1] if len(said) > 1 and said[0] == said[-1] == '"' else said


def step(rule: Json, asked: str, new_leaf: Json) -> str:
    """Does "add:r.0", "group:r", "remove:r.1", "up:r.1", "filter:r.0" or "unfilter:r.0.2" on the JSON in place.

    Answers the place that should have the focus. What makes no sense does nothing.
    """
    verb, _colon, place = asked.partition(":")
    path = [int(number) for number in place.split(".")[1:] if STEP.fullmatch(number)]
    do = _STEPS.get(verb)
    return do(rule, path, new_leaf) if do else ""


def _add(rule: Json, path: list[int], new: Json) -> str:
    inside = _inside(_at(rule, path))
    if inside is None:
        return ""
    inside.append(new)
    return _place([*path, len(inside) - 1])


def _add_group(rule: Json, path: list[int], new: Json) -> str:
    place = _add(rule, path, {"any": [new]})
    return f"{place}.0" if place else ""


def _remove(rule: Json, path: list[int], _new: Json) -> str:
    inside = _inside(_at(rule, path[:-1])) if path else None
    if inside and path[-1] < len(inside):
        inside.pop(path[-1])
    return ""


def _up(rule: Json, path: list[int], _new: Json) -> str:
    """Before the line above it; the first of a group leaves the group, and stands before it."""
    inside = _inside(_at(rule, path[:-1])) if path else None
    if not inside or path[-1] >= len(inside):
        return ""
    if path[-1] > 0:
        inside.insert(path[-1] - 1, inside.pop(path[-1]))
        return _place([*path[:-1], path[-1] - 1])
    if len(path) > 1:
        _inside(_at(rule, path[:-2])).insert(path[-2], inside.pop(0))
        return _place(path[:-1])
    return ""


def _add_filter(rule: Json, path: list[int], _new: Json) -> str:
    leaf = _at(rule, path)
    if leaf and "event" in leaf:
        leaf.setdefault("where", []).append({"property": "", "is": ""})
    return ""


def _remove_filter(rule: Json, path: list[int], _new: Json) -> str:
    leaf = _at(rule, path[:-1])
    if leaf and path[-1] < len(leaf.get("where", [])):
        leaf["where"].pop(path[-1])
    return ""


_STEPS = {"add": _add, "group": _add_group, "remove": _remove, "up": _up, "filter": _add_filter, "unfilter": _remove_filter}


def _at(part: Json, path: list[int]) -> Json | None:
    for number in path:
        inside = _inside(part)
        if inside is None or number >= len(inside):
            return None
        part = inside[number]
    return part


def _inside(part: Json | None) -> list[Json] | None:
    return next((part[kind] for kind in GROUPS if kind in part), None) if part else None


def _place(path: list[int]) -> str:
    return ".".join([ROOT, *map(str, path)])

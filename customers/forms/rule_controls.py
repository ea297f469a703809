"""The JSON of a rule in, complete or not; the lines of the builder out: words and fields in the order of a sentence. Leaves no row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.forms.rule_tree import ROOT
from customers.models import Attribute, LifecycleRule
from customers.models.score import Lifecycle
from customers.segments.faults import Fault
from customers.segments.rule import AMOUNTS, BANDS, DAYS, DEEPEST, FILTERS, GROUPS, LISTS, SCORES, TESTS
from customers.segments.vocabulary import Vocabulary

Json = dict[str, Any]
Options = list[tuple[str, str]]


@dataclass
class Control:
    """`kind`: word, select, text, number, date, choices (boxes) or button."""

    kind: str
    label: str
    name: str = ""
    value: Any = ""
    options: Options = field(default_factory=list)
    redraws: bool = False  # another choice needs other fields beside it


@dataclass
class Line:
    place: str
    subject: str
    controls: list[Control]
    faults: list[str]
    is_event: bool
    is_first: bool
    filters: list[list[Control]]


@dataclass
class Branch:
    place: str
    match: str
    parts: list["Branch | Line"]
    faults: list[str]
    is_first: bool
    may_nest: bool
    is_group = True


class Builder:
    """Draws a rule for a form. `faults`: from the reader of rules, each goes to its line."""

    def __init__(self, vocabulary: Vocabulary, faults: Iterable[Fault] = ()) -> None:
        self.vocabulary = vocabulary
        self.faults: dict[tuple[int, ...], list[str]] = {}
        for fault in faults:
            self.faults.setdefault(fault.path, []).append(fault.reason)

    def draw(self, rule: Json) -> Branch:
        return self._branch(rule, (), is_first=True)

    @property
    def subjects(self) -> list[tuple[str, Options]]:
        """What a line can be about, in groups."""
        kept = [row for row in self.vocabulary.attributes.values() if row.category != Attribute.Category.SPECIAL]
        attributes = sorted((_(row.label), f"attribute:{row.key}") for row in kept)
        events = sorted(row.name for row in self.vocabulary.event_types.values() if row.category != Attribute.Category.SPECIAL)
        return [
            (_("What they did"), [(f"event:{name}", name) for name in events]),
            (_("What we know of them"), [(value, label) for label, value in attributes]),
            (_("Scores"), [(f"score:{score}", label) for score, label in score_labels().items()]),
            (_("Other segments"), [("segment:", _("Segment"))]),
        ]

    def new_leaf(self) -> Json:
        """What a new line says: the usual question, complete, so that it counts at once."""
        order = (LifecycleRule.objects.first() or LifecycleRule()).order_event
        return {
            "event": order if order in self.vocabulary.event_types else next(iter(sorted(self.vocabulary.event_types)), ""),
            "did": True,
        }

    def _branch(self, group: Json, path: tuple[int, ...], *, is_first: bool) -> Branch:
        kind = next((kind for kind in GROUPS if kind in group), "all")
        parts = [self._part(each, (*path, number)) for number, each in enumerate(group.get(kind, [])) if isinstance(each, dict)]
        return Branch(place(path), kind, parts, self.faults.get(path, []), is_first, len(path) < DEEPEST - 1)

    def _part(self, part: Json, path: tuple[int, ...]) -> Branch | Line:
        is_first = len(path) == 1 and path[0] == 0
        if set(part) & set(GROUPS):
            return self._branch(part, path, is_first=is_first)
        name, faults = place(path), self.faults.get(path, [])
        if "event" in part:
            filters = [list(_filter(f"{name}:where.{number}", each)) for number, each in enumerate(part.get("where", []))]
            return Line(name, f"event:{part['event']}", list(self._event(name, part)), faults, True, is_first, filters)
        if "score" in part:
            return Line(name, f"score:{part['score']}", list(self._score(name, part)), faults, False, is_first, [])
        if "segment" in part or "list" in part:
            return Line(name, "segment:", list(self._segment(name, part)), faults, False, is_first, [])
        return Line(name, f"attribute:{part.get('attribute', '')}", list(self._attribute(name, part)), faults, False, is_first, [])

    def _attribute(self, name: str, leaf: Json) -> Iterator[Control]:
        attribute = self.vocabulary.attributes.get(leaf.get("attribute", ""))
        tests = TESTS[attribute.type] if attribute else ("is",)
        test = next((key for key in leaf if key != "attribute"), tests[0])
        value = leaf.get(test)
        shown = "is_unknown" if (test, value) == ("is_known", False) else test
        labels = {**test_labels(), "one_of": _("is one of"), "any_of": _("has any of"), "all_of": _("has all of")}
        known = [*tests, "is_unknown"] if "is_known" in tests else list(tests)
        yield Control("select", _("How"), f"{name}:test", shown, [(key, labels[key]) for key in known], redraws=True)
        if test == "is_known" or attribute is None:
            return
        if test == "between":
            low, high = value if isinstance(value, list) and len(value) == 2 else ("", "")
            yield Control(_input(attribute, test), _("From"), f"{name}:low", low)
            yield Control("word", _("to"))
            yield Control(_input(attribute, test), _("To"), f"{name}:high", high)
        else:
            yield _value(f"{name}:value", attribute, test, value)
        if test in DAYS:
            yield Control("word", _("days"))

    def _event(self, name: str, leaf: Json) -> Iterator[Control]:
        measure = next((key for key in ("times", "total", "first", "last") if key in leaf), "did")
        shown = "did_not" if measure == "did" and leaf.get("did") is False else measure
        yield Control("select", _("What of it"), f"{name}:measure", shown, list(measure_labels().items()), redraws=True)
        if measure in ("times", "total"):
            asked = leaf[measure] if isinstance(leaf[measure], dict) else {}
            yield from self._amount(name, asked, has_currency=measure == "total")
            yield Control("word", _("in all")) if measure == "total" else Control("word", _("times"))
        window = leaf.get(measure) if measure in ("first", "last") else leaf.get("window")
        yield from _window(name, window if isinstance(window, dict) else {})

    def _amount(self, name: str, asked: Json, *, has_currency: bool) -> Iterator[Control]:
        test = next((key for key in asked if key != "currency"), "at_least")
        labels = test_labels()
        yield Control("select", _("How many"), f"{name}:test", test, [(key, labels[key]) for key in AMOUNTS])
        yield Control("number", _("Number"), f"{name}:value", asked.get(test, ""))
        if has_currency:
            yield Control("currency", _("Currency"), f"{name}:currency", asked.get("currency", self.vocabulary.tenant.currency))

    def _segment(self, name: str, leaf: Json) -> Iterator[Control]:
        known: Options = [(row.public_id, row.name) for row in self.vocabulary.segments.values()]
        yield Control(
            "select", _("In or not"), f"{name}:in", "in" if leaf.get("in", True) else "out", [("in", _("in")), ("out", _("not in"))]
        )
        said = leaf.get("segment", leaf.get("list", ""))
        yield Control("select", _("Segment"), f"{name}:segment", said, [("", _("Choose a segment")), *known])

    def _score(self, name: str, leaf: Json) -> Iterator[Control]:
        score = leaf["score"]
        if score == "lifecycle":
            yield Control("word", _("is"))
            yield Control(
                "choices", _("Stages"), f"{name}:value", leaf.get("one_of", []), [(key, str(label)) for key, label in Lifecycle.choices]
            )
        elif score in BANDS:
            fifths: Options = [(str(number), str(number)) for number in range(1, 6)]
            low, high = leaf["between"] if len(leaf.get("between", [])) == 2 else (4, 5)
            yield Control("word", _("from"))
            yield Control("select", _("From"), f"{name}:low", str(low), fifths)
            yield Control("word", _("to"))
            yield Control("select", _("To"), f"{name}:high", str(high), fifths)
            yield Control("word", _("of 5"))
        else:
            yield from self._amount(name, {key: value for key, value in leaf.items() if key != "score"}, has_currency=score == "spent")


def place(path: tuple[int, ...]) -> str:
    return ".".join([ROOT, *map(str, path)])


def _value(name: str, attribute: Attribute, test: str, value: Any) -> Control:
    options: Options = [(word, word) for word in attribute.options]
    if test in LISTS:
        values = value if isinstance(value, list) else [value] if value else []
        if options:
            return Control("choices", _("Values"), name, values, options)
        return Control("text", _("Values, with commas between them"), name, ", ".join(map(str, values)))
    if attribute.type == Attribute.Type.YES_NO:
        said = "false" if value in (False, "false") else "true"
        return Control("select", _("Value"), name, said, [("true", _("yes")), ("false", _("no"))])
    if options and test in ("is", "is_not"):
        return Control("select", _("Value"), name, value, [("", "…"), *options])
    single = (value[0] if value else "") if isinstance(value, list) else value
    return Control(_input(attribute, test), _("Value"), name, "" if single is None or isinstance(single, bool) else single)


def _input(attribute: Attribute, test: str) -> str:
    if test in DAYS or attribute.type in (Attribute.Type.WHOLE, Attribute.Type.DECIMAL, Attribute.Type.MONEY):
        return "number"
    return "date" if attribute.type in (Attribute.Type.DATE, Attribute.Type.TIME) else "text"


def _window(name: str, window: Json) -> Iterator[Control]:
    kind = "days_before" if "days" in window else next(iter(window), "")
    yield Control("select", _("When"), f"{name}:window", kind, list(window_labels().items()), redraws=True)
    if kind in ("last_days", "last_hours", "days_before"):
        yield Control("number", _("How many"), f"{name}:number", window.get("days" if kind == "days_before" else kind, ""))
        yield Control("word", {"last_days": _("days"), "last_hours": _("hours"), "days_before": _("days before")}[kind])
    dates = window["between"] if kind == "between" and isinstance(window["between"], list) else [window.get(kind, "")]
    if kind == "days_before":
        dates = [window.get("before", "")]
    if kind in ("between", "before", "after", "days_before"):
        yield Control("date", _("Date"), f"{name}:first", dates[0])
    if kind == "between":
        yield Control("word", _("to"))
        yield Control("date", _("Until"), f"{name}:last", dates[-1] if len(dates) > 1 else "")


def _filter(name: str, one: Json) -> Iterator[Control]:
    labels = {**test_labels(), "one_of": _("is one of")}
    test = next((key for key in one if key != "property"), "is")
    shown = "is_unknown" if (test, one.get(test)) == ("is_known", False) else test
    yield Control("word", _("where"))
    yield Control("text", _("Property, such as products[].category"), f"{name}:property", one.get("property", ""))
    yield Control("select", _("How"), f"{name}:test", shown, [(key, labels[key]) for key in (*FILTERS, "is_unknown")], redraws=True)
    if test != "is_known":
        yield Control("text", _("Value"), f"{name}:value", _as_typed(one.get(test, "")))


def _as_typed(value: Any) -> str:
    """A value of a filter as somebody would type it."""
    if isinstance(value, list):
        return ", ".join(map(_as_typed, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_labels() -> dict[str, str]:
    return {
        "is": _("is"),
        "is_not": _("is not"),
        "one_of": _("is one of"),
        "contains": _("contains"),
        "begins_with": _("begins with"),
        "more_than": _("more than"),
        "less_than": _("less than"),
        "at_least": _("at least"),
        "at_most": _("at most"),
        "exactly": _("exactly"),
        "between": _("from … to"),
        "before": _("before"),
        "after": _("after"),
        "in_last_days": _("in the last"),
        "in_next_days": _("in the next"),
        "anniversary_in_days": _("comes round within"),
        "is_known": _("is known"),
        "is_unknown": _("is not known"),
    }


def measure_labels() -> dict[str, str]:
    return {
        "did": _("happened"),
        "did_not": _("did not happen"),
        "times": _("happened so many times:"),
        "total": _("come to"),
        "first": _("for the first time"),
        "last": _("for the last time"),
    }


def window_labels() -> dict[str, str]:
    return {
        "": _("ever"),
        "last_days": _("in the last … days"),
        "last_hours": _("in the last … hours"),
        "between": _("from … to …"),
        "before": _("before"),
        "after": _("after"),
        "days_before": _("in the days before"),
    }


def score_labels() -> dict[str, str]:
    labels = (_("Recency"), _("Frequency"), _("Money"), _("Lifecycle"), _("Orders"), _("Spent"))
    return dict(zip(SCORES, labels, strict=True))

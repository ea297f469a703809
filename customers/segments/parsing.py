"""JSON in, a `Rule` out; raises BadRule with every fault and its place. The published form of the JSON is rule.schema.json."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers import values
from customers.models import Attribute, Segment
from customers.segments import plain, reading
from customers.segments.faults import BadRule, Ledger, Path, Wrong
from customers.segments.rule import (
    AMOUNTS,
    BANDS,
    DAYS,
    DEEPEST,
    FILTERS,
    GROUPS,
    LISTS,
    MOST_DAYS,
    MOST_LEAVES,
    SCORES,
    TESTS,
    VERSION,
    AttributeLeaf,
    EventLeaf,
    Filter,
    Group,
    Leaf,
    Rule,
    ScoreLeaf,
    SegmentLeaf,
    walk,
)
from customers.segments.vocabulary import Unknown, Vocabulary, nearest

SPECIAL = gettext_lazy("“%(word)s” is a special category of personal data (GDPR Art. 9). Segments do not use those.")
EVENT_KEYS = ("event", "did", "times", "total", "first", "last", "window", "where")
LIFECYCLES = ("new", "active", "at_risk", "lapsed")


def parse(raw: Any, vocabulary: Vocabulary) -> Rule:
    """Raises BadRule: what is wrong, all of it, each with its place."""
    reader = _Reader(vocabulary)
    root = reader.root(raw)
    if reader.ledger.faults or root is None:
        raise BadRule(reader.ledger.faults)
    return Rule(root, vocabulary.purpose)


class _Reader:
    """Walks down the JSON; what it cannot read it notes and leaves out."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.ledger = Ledger()
        self.leaves: dict[str, Callable[[dict[str, Any]], Leaf]] = {
            "attribute": self._attribute,
            "event": self._event,
            "segment": self._segment,
            "list": self._segment,
            "score": self._score,
        }

    def root(self, raw: Any) -> Group | None:
        if not isinstance(raw, dict) or raw.get("version") != VERSION:
            return self.ledger.add("version", (), _("A rule is an object with “version”: “%(version)s”.") % {"version": VERSION})
        group = self._group({key: value for key, value in raw.items() if key != "version"}, "", ())
        if group and (most := sum(1 for _leaf in walk(group))) > MOST_LEAVES:
            text = ngettext(
                "A rule has at most %(most)d line; this one has %(count)d.",
                "A rule has at most %(most)d lines; this one has %(count)d.",
                MOST_LEAVES,
            )
            self.ledger.add("", (), text % {"most": MOST_LEAVES, "count": most})
        return group

    def _part(self, raw: Any, place: str, path: Path) -> Group | Leaf | None:
        if not isinstance(raw, dict):
            return self.ledger.add(place, path, _("This is neither a group nor a line of a rule."))
        if set(raw) & set(GROUPS):
            return self._group(raw, place, path)
        kind = next((kind for kind in self.leaves if kind in raw), "")
        if not kind:
            return self.ledger.add(place, path, _("Say what it is about: an attribute, event, segment, list or score."))
        try:
            return self.leaves[kind](raw)
        except Wrong as wrong:
            return self.ledger.add(f"{place}.{wrong.key}", path, wrong)

    def _group(self, raw: dict[str, Any], place: str, path: Path) -> Group | None:
        kind = next((kind for kind in GROUPS if kind in raw), "")
        here = f"{place}.{kind}" if place and kind else kind or place
        if len(raw) != 1 or not kind or not isinstance(raw[kind], list):
            return self.ledger.add(here, path, _("A group has one of “all”, “any” and “none”, with a list of lines."))
        if len(path) >= DEEPEST:
            return self.ledger.add(here, path, _("Groups within groups go at most %(deepest)d deep.") % {"deepest": DEEPEST})
        if not raw[kind] and (path or kind != "all"):
            return self.ledger.add(here, path, _("This group is empty. Add a line, or remove the group."))
        if len(raw[kind]) > MOST_LEAVES:
            return self.ledger.add(here, path, _("A rule has at most %(most)d lines.") % {"most": MOST_LEAVES})
        parts = [self._part(each, f"{here}[{number}]", (*path, number)) for number, each in enumerate(raw[kind])]
        return Group(kind, tuple(part for part in parts if part is not None))

    def _attribute(self, raw: dict[str, Any]) -> AttributeLeaf:
        attribute = _known(self.vocabulary.attribute, raw, "attribute")
        if attribute.category == Attribute.Category.SPECIAL:
            raise Wrong("attribute", SPECIAL % {"word": attribute.label})
        tests = TESTS[attribute.type]
        test = _only_test(raw, tests, "attribute")
        read = {"is_known": reading.truth, **dict.fromkeys(DAYS, reading.count_to(MOST_DAYS))}.get(test)
        value = reading.at(test, lambda: read(raw[test]) if read else self._value(raw[test], test, attribute))
        return AttributeLeaf(attribute, test, value, {"attribute": attribute.key, test: plain.of_attribute(attribute, value)})

    def _value(self, said: Any, test: str, attribute: Attribute) -> Any:
        if test in ("contains", "begins_with"):
            return reading.words(said)
        if attribute.type in (Attribute.Type.DATE, Attribute.Type.TIME):
            return reading.pair(said, reading.day) if test == "between" else reading.day(said)
        kind = Attribute(type=Attribute.Type.CHOICE, options=attribute.options) if test in LISTS and attribute.options else attribute

        def one(each: Any) -> Any:
            if kind.type == Attribute.Type.CHOICES:
                return values.text(each)
            return values.parse(each, kind, zone=self.vocabulary.tenant.zone)

        if test in LISTS:
            return reading.several(said, one)
        return reading.pair(said, one) if test == "between" else one(said)

    def _event(self, raw: dict[str, Any]) -> EventLeaf:
        event_type = _known(self.vocabulary.event_type, raw, "event")
        if event_type.category == Attribute.Category.SPECIAL:
            raise Wrong("event", SPECIAL % {"word": event_type.name})
        _refuse_others(raw, EVENT_KEYS)
        said = [key for key in ("did", "times", "total", "first", "last") if key in raw]
        if len(said) > 1:
            raise Wrong(said[1], _("Use one of “did”, “times”, “total”, “first” and “last” in a line."))
        key = said[0] if said else "did"
        measured = reading.at(key, lambda: self._measure(key, raw.get(key, True)))
        if key in ("first", "last") and "window" in raw:
            raise Wrong("window", _("“%(key)s” has a window of its own.") % {"key": key})
        window = reading.at("window", lambda: reading.window(raw.get("window", {})))
        where = reading.at("where", lambda: tuple(map(_filter, reading.some(raw.get("where", [])))))
        leaf = EventLeaf(event_type, json={}, window=window, where=where, **measured)
        leaf.json.update(plain.of_event(leaf, is_short=key == "did"))
        return leaf

    def _measure(self, key: str, said: Any) -> dict[str, Any]:
        if key == "did":
            return {"measure": "times", "test": "at_least" if reading.truth(said) else "less_than", "value": 1}
        if key in ("first", "last"):
            return {"measure": key, "test": "within", "value": 0, "when": reading.window(said)}
        test, currency = reading.amount_test(said, AMOUNTS, may_have_currency=key == "total")
        if key == "times":
            return {"measure": key, "test": test, "value": reading.count_to(1_000_000)(said[test])}
        currency = currency or self.vocabulary.tenant.currency
        return {"measure": key, "test": test, "value": values.amount(said[test], currency), "currency": currency}

    def _segment(self, raw: dict[str, Any]) -> SegmentLeaf:
        key = "list" if "list" in raw else "segment"
        segment = _known(self.vocabulary.segment, raw, key)
        if key == "list" and segment.kind != Segment.Kind.LIST:
            raise Wrong(key, _("“%(name)s” is not an uploaded list.") % {"name": segment.name})
        _refuse_others(raw, (key, "in"))
        is_in = reading.at("in", lambda: reading.truth(raw.get("in", True)))
        return SegmentLeaf(segment, is_in, {key: segment.public_id, "in": is_in})

    def _score(self, raw: dict[str, Any]) -> ScoreLeaf:
        score = raw["score"]
        self._check_scores()
        if score not in SCORES:
            raise Wrong("score", _("There is no score “%(word)s”. There is: %(known)s.") % {"word": score, "known": ", ".join(SCORES)})
        if score == "lifecycle":
            test = _only_test(raw, ("one_of",), "score")
            stages = reading.at(test, lambda: reading.several(raw[test], reading.one_of(LIFECYCLES)))
            return ScoreLeaf(score, test, stages, {"score": score, test: stages})
        if score in BANDS:
            test = _only_test(raw, ("between",), "score")
            fifths = reading.at(test, lambda: reading.pair(raw[test], reading.count_from_to(1, 5)))
            return ScoreLeaf(score, test, fifths, {"score": score, test: fifths})
        test = _only_test({key: value for key, value in raw.items() if key != "currency"}, AMOUNTS, "score")
        return reading.at(test, lambda: self._number(score, test, raw))

    def _check_scores(self) -> None:
        try:
            self.vocabulary.check_scores()
        except Unknown as unknown:
            raise Wrong("score", unknown) from None

    def _number(self, score: str, test: str, raw: dict[str, Any]) -> ScoreLeaf:
        if score == "orders":
            number = reading.count_to(1_000_000)(raw[test])
            return ScoreLeaf(score, test, number, {"score": score, test: number})
        currency = reading.currency(raw.get("currency", self.vocabulary.tenant.currency))
        spent = values.amount(raw[test], currency)
        return ScoreLeaf(score, test, spent, {"score": score, test: plain.major(spent, currency), "currency": currency}, currency)


def _known(look_up: Callable[[str], Any], raw: dict[str, Any], key: str) -> Any:
    """The row that a word stands for. Raises Wrong."""
    try:
        return look_up(reading.at(key, lambda: reading.words(raw[key])))
    except Unknown as unknown:
        raise Wrong(key, unknown) from None


def _only_test(raw: dict[str, Any], tests: tuple[str, ...], about: str) -> str:
    """The one key beside `about`: how it is tested."""
    said = [key for key in raw if key != about]
    if len(said) != 1:
        raise Wrong(about, _("Say how it is tested, once: %(tests)s.") % {"tests": ", ".join(tests)})
    if said[0] not in tests:
        raise Wrong(said[0], _unknown_test(said[0], tests))
    return said[0]


def _unknown_test(said: str, tests: tuple[str, ...]) -> str:
    found = nearest(said, tests)
    hint = " " + _("Do you mean “%(word)s”?") % {"word": found} if found else ""
    return _("This cannot be tested here. What can: %(tests)s.") % {"tests": ", ".join(tests)} + hint


def _refuse_others(raw: dict[str, Any], keys: tuple[str, ...]) -> None:
    others = [key for key in raw if key not in keys]
    if others:
        raise Wrong(str(others[0]), _unknown_test(str(others[0]), keys))


def _filter(raw: Any) -> Filter:
    if not isinstance(raw, dict) or "property" not in raw:
        raise values.BadValue(_("A filter is an object with “property” and how it is tested."))
    path = reading.property_path(raw["property"])
    test = _only_test(raw, FILTERS, "property")
    read = {"is_known": reading.truth, "contains": reading.words, "begins_with": reading.words}
    if test == "one_of":
        return Filter(path, test, reading.several(raw[test], reading.scalar))
    if test in AMOUNTS:
        return Filter(path, test, values.decimal(raw[test]))
    return Filter(path, test, read.get(test, reading.scalar)(raw[test]))

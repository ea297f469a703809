"""Reading a rule: what is wrong and where, suggestions, limits, special categories, attempts to smuggle in SQL; the published schema."""

import json

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit import SYSTEM
from customers.models import Segment
from customers.segments import counting, schema, versions
from customers.segments.faults import BadRule
from customers.segments.parsing import parse
from customers.segments.vocabulary import Vocabulary
from tests.customers import segment_rows
from tests.customers.test_segment_compile import rules

ORDER = "Order Completed"


@pytest.fixture
def words(in_acme):
    segment_rows.lay_out()
    return Vocabulary.load()


def rule(*parts, kind: str = "all") -> dict:
    return {"version": "portret-rule/1", kind: list(parts)}


def faults(raw, words) -> list[str]:
    with pytest.raises(BadRule) as bad:
        parse(raw, words)
    return [str(fault) for fault in bad.value.faults]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "version: A rule is an object"),
        ([], "version: A rule is an object"),
        ({"all": []}, "version: A rule is an object"),
        ({"version": "portret-rule/2", "all": []}, "version: A rule is an object"),
        ({"version": "portret-rule/1"}, "A group has one of"),
        (rule("x"), "all[0]: This is neither a group nor a line"),
        (rule({}), "all[0]: Say what it is about"),
        (rule({"any": []}), "all[0].any: This group is empty"),
        (rule({"any": [{"event": ORDER}], "all": []}), "all[0].all: A group has one of"),
        (rule(kind="any"), "any: This group is empty"),
        (rule({"attribute": "city"}), "all[0].attribute: Say how it is tested, once: is, is_not"),
        (rule({"attribute": "city", "is": "a", "is_not": "b"}), "all[0].attribute: Say how it is tested, once"),
        (rule({"attribute": "city", "contain": "a"}), "all[0].contain: This cannot be tested here."),
        (rule({"attribute": "age", "is": "old"}), "all[0].is: This is not a number."),
        (rule({"attribute": "age", "between": [3, 1]}), "all[0].between: The first is higher than the second."),
        (rule({"attribute": "age", "between": [1]}), "all[0].between: Write two values"),
        (rule({"attribute": "plan", "is": "platinum"}), "all[0].is: This is not one of the choices: basic, gold."),
        (rule({"attribute": "born_on", "is": "2026-02-30"}), "all[0].is: This date does not exist."),
        (rule({"attribute": "born_on", "in_last_days": 99999999}), "all[0].in_last_days: Use a number from 0 to 36500."),
        (rule({"attribute": "member", "is": "perhaps"}), "all[0].is: This is neither yes nor no."),
        (rule({"attribute": "city", "one_of": []}), "all[0].one_of: Write at least one value."),
        (rule({"attribute": ["city"], "is": "x"}), "all[0].attribute: Write a word here."),
        (rule({"event": ORDER, "window": {"last_years": 1}}), "all[0].window: This is no window."),
        (rule({"event": ORDER, "window": {"last_days": -1}}), "all[0].window: Use a number from 0"),
        (rule({"event": ORDER, "times": {"at_least": 1}, "total": {"at_least": 1}}), "all[0].total: Use one of"),
        (rule({"event": ORDER, "times": {"often": 1}}), "all[0].times: Say how it is tested"),
        (rule({"event": ORDER, "total": {"at_least": 1, "currency": "euro"}}), "all[0].total: A currency has three"),
        (rule({"event": ORDER, "first": {"before": "2026-01-01"}, "window": {}}), "all[0].window: “first” has a window of its own."),
        (rule({"event": ORDER, "wen": {}}), "all[0].wen: This cannot be tested here."),
        (rule({"event": ORDER, "where": [{"property": "a b; DROP", "is": 1}]}), "all[0].where: This is no property."),
        (rule({"event": ORDER, "where": [{"property": "a'b", "is": 1}]}), "all[0].where: This is no property."),
        (rule({"score": "luck", "between": [1, 5]}), "all[0].score: There is no score “luck”."),
        (rule({"score": "money", "between": [0, 5]}), "all[0].between: Use a number from 1 to 5."),
        (rule({"score": "lifecycle", "one_of": ["dead"]}), "all[0].one_of: This is not one of the choices"),
        (rule({"all": [{"event": ORDER, "window": 3}]}, {"attribute": "age", "is": "x"}), "all[0].all[0].window: This is no window."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(words, raw, said):
    assert any(said in fault for fault in faults(raw, words)), faults(raw, words)


def test_everything_that_is_wrong_is_told_at_once(words):
    raw = rule({"attribute": "age", "is": "x"}, {"any": [{"event": "Nothing"}, {"score": "money", "between": [6, 7]}]})
    assert [fault.partition(":")[0] for fault in faults(raw, words)] == ["all[0].is", "all[1].any[0].event", "all[1].any[1].between"]


@pytest.mark.parametrize(
    ("leaf", "nearest"),
    [
        ({"attribute": "citty", "is": "Ede"}, "city"),
        ({"attribute": "First Name", "is": "Ada"}, "first_name"),
        ({"event": "order complete"}, ORDER),
        ({"segment": "Loyal costumers"}, "Loyal customers"),
    ],
)
def test_a_word_that_is_unknown_comes_with_the_nearest_that_is_known(words, leaf, nearest):
    segment_rows.segment("Loyal customers")
    (fault,) = faults(rule(leaf), Vocabulary.load())
    assert f"Do you mean “{nearest}”?" in fault


def test_a_special_category_is_refused(words):
    assert "GDPR Art. 9" in faults(rule({"attribute": "health", "is": "x"}), words)[0]


def test_a_list_is_an_uploaded_one(words):
    segment_rows.segment("By rule", kind=Segment.Kind.RULE)
    assert "is not an uploaded list" in faults(rule({"list": "By rule"}), Vocabulary.load())[0]


def nested(depth: int) -> dict:
    part = {"event": ORDER}
    for _level in range(depth - 1):
        part = {"any": [part]}
    return rule(part)


def test_groups_go_so_deep_and_no_deeper(words):
    assert parse(nested(6), words)
    assert "at most 6 deep" in faults(nested(7), words)[0]
    assert "at most 6 deep" in faults(nested(900), words)[0]


def test_a_rule_has_so_many_lines_and_no_more(words):
    group = {"any": [{"event": ORDER}] * 50}
    assert parse(rule(group, group), words)
    assert "at most 100 lines; this one has 101" in faults(rule(group, group, {"event": ORDER}), words)[0]


def test_a_rule_of_a_hundred_lines_runs(words):
    lines = [{"attribute": "city", "is": f"{n}"} if n % 3 else {"event": ORDER, "times": {"at_least": n + 1}} for n in range(100)]
    assert counting.count(parse(rule(*lines, kind="any"), words)).count == 0


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE customers_customer; --", "%s", "%(x)s", "{}", "\\'", "$$", "a' OR '1'='1", "%", "_", "{0}"]
)
def test_what_is_written_in_a_rule_never_becomes_sql(words, text):
    one = segment_rows.customer(city=text)
    segment_rows.customer(city="Ede")
    segment_rows.did(one, ORDER, one.created_at, genre=text)
    for leaf in (
        {"attribute": "city", "is": text},
        {"attribute": "city", "one_of": [text]},
        {"attribute": "city", "contains": text},
        {"event": ORDER, "where": [{"property": "genre", "is": text}]},
        {"event": ORDER, "where": [{"property": "genre", "contains": text}]},
    ):
        assert counting.members(parse(rule(leaf), words)) == [one.pk]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["all", "any", "none", "attribute", "event", "segment", "score", "is", "times", "window", "where", "between", "did"]
            ),
            inside | st.sampled_from(["city", "age", ORDER, "money"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(JSON, max_size=4))
def test_any_json_is_read_or_refused_and_nothing_else(words, parts):
    try:
        parse(rule(*parts), words)
    except BadRule as bad:
        assert bad.faults


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=rules)
def test_rules_fit_the_published_schema_and_stay_what_they_are(words, raw):
    for name in "AB":
        if name not in {row.name for row in words.segments.values()}:
            segment_rows.segment(name)
            words.segments.update(Vocabulary.load().segments)
            words.__dict__.pop("_segments_by_word", None)
    raw = json.loads(json.dumps(raw))
    jsonschema.validate(raw, schema.load())
    read = parse(raw, words)
    jsonschema.validate(read.json, schema.load())
    assert parse(read.json, words).json == read.json


def test_segments_are_not_built_on_themselves(words, cast):
    by = {"by": cast.ana, "actor": SYSTEM}
    a = versions.create("A", rule({"event": ORDER}), **by)
    versions.create("B", rule({"segment": "A"}), **by)
    versions.create("C", rule({"segment": "B"}), **by)
    with pytest.raises(BadRule) as bad:
        versions.save(a, rule({"event": ORDER}, {"any": [{"segment": "C"}]}), **by)
    assert str(bad.value.faults[0]) == "all[1].any[0].segment: A segment cannot be built on itself: A → C → B → A."
    with pytest.raises(BadRule):
        versions.save(a, rule({"segment": "A"}), **by)


def test_the_same_rule_again_is_no_new_version(words, cast):
    a = versions.create("A", rule({"attribute": "age", "at_least": "30"}), by=cast.ana, actor=SYSTEM)
    assert versions.save(a, rule({"attribute": "age", "at_least": 30}), by=cast.ana, actor=SYSTEM) is None
    assert versions.newest(a).rule["all"] == [{"attribute": "age", "at_least": 30}]


def test_a_segment_in_use_is_not_put_away(words, cast):
    a = versions.create("A", rule({"event": ORDER}), by=cast.ana, actor=SYSTEM)
    versions.create("B", rule({"segment": "A"}), by=cast.ana, actor=SYSTEM)
    with pytest.raises(versions.InUse, match="B"):
        versions.archive(a, is_archived=True, actor=SYSTEM)

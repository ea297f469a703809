"""The pages of segments: the list, the builder with plain buttons, saving, versions, members, why, putting away."""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from customers.models import LifecycleRule, Segment, SegmentVersion
from customers.segments import membership, versions
from tests.customers import segment_rows

ENGLISH = {"accept-language": "en"}
ORDER = "Order Completed"
TWICE = {"version": "portret-rule/1", "all": [{"event": ORDER, "times": {"at_least": 2}}]}
LIST = "/t/acme/segments/"


@pytest.fixture
def buyers(cast):
    """Ada ordered twice, Bas once; both live in Utrecht."""
    now = timezone.now()
    with tenancy.scope(cast.acme):
        segment_rows.lay_out()
        ada, bas = segment_rows.customer("Ada Lovelace", city="Utrecht"), segment_rows.customer("Bas Bos", city="Utrecht")
        for who, days in ((ada, 3), (ada, 400), (bas, 5)):
            segment_rows.did(who, ORDER, now - timedelta(days=days), 1_000)
    return ada, bas


@pytest.fixture
def twice(cast, buyers):
    with tenancy.scope(cast.acme):
        found = versions.create("Bought twice", TWICE, by=cast.ana, actor=SYSTEM)
        membership.refresh_one(found.pk)
        found.address = found.get_absolute_url()
        return found


def fields(page) -> dict:
    """What a browser without JavaScript would send of the form of the builder."""
    html = page.content.decode().partition('id="rule-form"')[2]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        named = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if "name" in named and (named.get("type") != "checkbox" or " checked" in tag):
            found.setdefault(named["name"], []).append(named.get("value", ""))
    for attributes, inside in re.findall(r"<select([^>]*)>(.*?)</select>", html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside) or re.search(r'<option value="([^"]*)"', inside)
        found[re.search(r'name="([^"]*)"', attributes)[1]] = [chosen[1] if chosen else ""]
    return {name: values for name, values in found.items() if name != "csrfmiddlewaretoken"}


def press(client, address: str, page, do: str, **changes):
    return client.post(address, {**fields(page), **changes, "do": do}, headers=ENGLISH)


def test_first_use_offers_ready_made_starts(ana):
    page = ana.get(LIST, headers=ENGLISH).content.decode()
    assert "No segments yet" in page
    assert "/t/acme/segments/create/?start=loyal" in page


@pytest.mark.parametrize("start", ["new", "loyal", "at-risk", "lapsed", "big-spenders", "birthday", ""])
def test_each_start_opens_the_builder_and_can_be_saved_as_it_is(cast, ana, buyers, start):
    address = f"{LIST}create/?start={start}"
    page = ana.get(address)
    saved = press(ana, address, page, "save", name=f"From {start}.")
    assert saved.status_code == 302
    with tenancy.scope(cast.acme):
        assert SegmentVersion.objects.filter(segment__name=f"From {start}.").count() == 1
        assert AuditEntry.objects.filter(action="segment.created").exists()


def test_an_unknown_start_is_not_there(ana):
    assert ana.get(f"{LIST}create/?start=nonsense").status_code == 404


def test_a_rule_is_made_with_buttons_alone(cast, ana, buyers):
    """Add a line, choose another subject, add a group, fill in, save: no script."""
    address = f"{LIST}create/"
    page = press(ana, address, ana.get(address), "add:r")
    page = press(ana, address, page, "show", **{"r.0:subject": "attribute:city"})
    page = press(ana, address, page, "group:r", **{"r.0:test": "one_of"})
    page = press(ana, address, page, "show", **{"r.0:value": "Utrecht, Ede", "r.1.0:measure": "times"})
    page = press(ana, address, page, "add:r.1", **{"r.1.0:test": "at_least", "r.1.0:value": "2", "r.1:match": "any"})
    page = press(ana, address, page, "show", **{"r.1.1:measure": "did_not", "r.1.1:window": "last_days"})
    page = press(ana, address, page, "filter:r.1.1", **{"r.1.1:number": "90"})
    saved = press(
        ana, address, page, "save", **{"name": "Mine", "r.1.1:where.0:property": "products[].category", "r.1.1:where.0:value": "Jazz"}
    )
    assert saved.status_code == 302
    with tenancy.scope(cast.acme):
        assert SegmentVersion.objects.get(segment__name="Mine").rule == {
            "version": "portret-rule/1",
            "all": [
                {"attribute": "city", "one_of": ["Utrecht", "Ede"]},
                {
                    "any": [
                        {"event": ORDER, "times": {"at_least": 2}},
                        {
                            "event": ORDER,
                            "did": False,
                            "window": {"last_days": 90},
                            "where": [{"property": "products[].category", "is": "Jazz"}],
                        },
                    ]
                },
            ],
        }


def test_lines_move_up_and_go(cast, ana, twice):
    address = f"{twice.address}change/"
    page = press(ana, address, ana.get(address), "add:r")
    page = press(ana, address, page, "show", **{"r.1:subject": "attribute:city", "r.1:test": "is", "r.1:value": "Ede"})
    page = press(ana, address, page, "up:r.1", **{"r.1:value": "Ede"})
    assert [part.subject for part in page.context["draft"].tree.parts] == ["attribute:city", f"event:{ORDER}"]
    page = press(ana, address, page, "remove:r.1")
    assert [part.subject for part in page.context["draft"].tree.parts] == ["attribute:city"]


@pytest.mark.parametrize("do", ["add:r.9", "up:r", "remove:", "remove:r", "unfilter:r.0.5", "nonsense", "group:r.0", "filter:r", "up:r.0"])
def test_a_button_that_makes_no_sense_does_nothing(ana, twice, do):
    address = f"{twice.address}change/"
    page = press(ana, address, ana.get(address), do)
    assert page.status_code == 200
    assert len(page.context["draft"].tree.parts) == 1


def test_a_line_that_is_not_complete_is_told_at_the_line_and_kept(ana, twice):
    address = f"{twice.address}change/"
    page = press(ana, address, ana.get(address), "save", **{"r.0:value": "many"})
    html = page.content.decode()
    assert page.status_code == 422
    assert "rule-bad" in html
    assert "This is not a number." in html
    assert "all[0]" not in html  # a place for programs; the line itself is marked
    assert 'value="many"' in html


def test_a_name_that_is_taken_is_told_at_the_name(ana, twice):
    address = f"{LIST}create/"
    page = press(ana, address, ana.get(address), "save", name="Bought twice")
    assert page.status_code == 422
    assert "Another segment has this name" in page.content.decode()


def test_saving_makes_the_next_version_and_the_page_tells_what_changed(cast, ana, twice):
    address = f"{twice.address}change/"
    assert press(ana, address, ana.get(address), "save", **{"r.0:value": "3"}).status_code == 302
    page = ana.get(f"{twice.address}versions/", headers=ENGLISH).content.decode()
    assert "<del>who did “Order Completed” at least 2 times</del>" in page
    assert "<ins>who did “Order Completed” at least 3 times</ins>" in page


def test_counting_shows_how_many_without_saving(cast, ana, twice):
    address = f"{twice.address}change/"
    page = press(ana, address, ana.get(address), "count", **{"r.0:value": "1"})
    assert page.context["preview"].count.count == 2
    assert page.context["preview"].more == 1
    with tenancy.scope(cast.acme):
        assert Segment.objects.get(pk=twice.pk).version == 1


def test_the_live_count_comes_with_a_sample_and_a_count_a_line(ana, ben, twice):
    sent = fields(ana.get(f"{twice.address}change/"))
    html = ana.post(f"{LIST}preview/", sent, headers=ENGLISH).content.decode()
    assert "Ada Lovelace" in html
    assert '<span class="rule-count" id="count-r.0" hx-swap-oob="true">1</span>' in html
    assert "Customers who did “Order Completed” at least 2 times." in html
    assert ben.post(f"{LIST}preview/", sent).status_code == 403


def test_the_list_says_size_and_words(ana, twice):
    page = ana.get(LIST, headers=ENGLISH).content.decode()
    assert "Customers who did “Order Completed” at least 2 times." in page
    assert re.search(r'class="num"[^>]*>1</td>', page)


def test_members_history_and_why(ana, buyers, twice):
    ada, bas = buyers
    assert "Ada Lovelace" in ana.get(f"{twice.address}members/").content.decode()
    assert "Joined" in ana.get(f"{twice.address}history/", headers=ENGLISH).content.decode()
    with tenancy.scope(twice.tenant):
        addresses = [f"{twice.address}why/{who.public_id}/" for who in (ada, bas)]
    inside, outside = (ana.get(address, headers=ENGLISH).content.decode() for address in addresses)
    assert "Why Ada Lovelace is in it" in inside
    assert "2 times" in inside
    assert "Why Bas Bos is not in it" in outside
    assert "1 time)" in outside


def test_a_segment_is_put_away_and_brought_back(cast, ana, twice):
    ana.post(f"{twice.address}archive/")
    assert "Bought twice" not in ana.get(LIST, headers=ENGLISH).content.decode().partition("<main")[2].partition("data-wrap")[2]
    assert ana.get(f"{twice.address}change/").status_code == 404
    ana.post(f"{twice.address}archive/")
    assert "Bought twice" in ana.get(LIST).content.decode()


def test_the_rule_as_json_says_what_is_wrong_and_saves(cast, ana, twice):
    address = f"{twice.address}json/"
    wrong = {**TWICE, "all": [{"event": "Order Complete"}]}
    page = ana.post(address, {"rule": json.dumps(wrong)}, headers=ENGLISH)
    assert page.status_code == 422
    assert "Do you mean “Order Completed”?" in page.content.decode()
    assert ana.post(address, {"rule": "{"}).status_code == 422
    assert ana.post(address, {"rule": json.dumps({**TWICE, "all": []})}).status_code == 302
    with tenancy.scope(cast.acme):
        assert SegmentVersion.objects.get(segment=twice, number=2).rule == {"version": "portret-rule/1", "all": []}


def test_the_schema_is_published(ana):
    assert ana.get(f"{LIST}rule.schema.json").json()["title"].endswith("portret-rule/1")


def test_a_viewer_looks_and_does_not_change(ben, twice):
    assert ben.get(LIST).status_code == 200
    assert ben.get(twice.address).status_code == 200
    for address in (f"{LIST}new/", f"{LIST}create/", f"{twice.address}change/", f"{twice.address}json/", f"{LIST}lifecycle/"):
        assert ben.get(address).status_code == 403
    assert ben.post(f"{twice.address}archive/").status_code == 403


def test_a_stranger_finds_nothing(mallory, twice):
    assert mallory.get(twice.address).status_code == 404


def test_the_thresholds_are_changed_and_noted(cast, ana):
    address = f"{LIST}lifecycle/"
    said = {"order_event": ORDER, "new_days": 14, "active_days": 90, "at_risk_days": 180}
    assert ana.post(address, said).status_code == 302
    with tenancy.scope(cast.acme):
        assert LifecycleRule.objects.get().active_days == 90
        assert AuditEntry.objects.get(action="scores.changed").after["new_days"] == 14
    assert ana.post(address, {**said, "at_risk_days": 60}).status_code == 422


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("page", ["", "members/", "history/"])
def test_many_rows_take_as_many_queries_as_few(cast, ana, twice, page):
    address = LIST if not page else f"{twice.address}{page}"

    def add(count: int) -> None:
        with tenancy.scope(cast.acme):
            for number in range(count if not page else 0):
                versions.create(f"{count} {number}", TWICE, by=cast.ana, actor=SYSTEM)
            crowd = [segment_rows.customer(f"{number}") for number in range(count if page else 0)]
            for who in crowd:
                for days in (1, 2):
                    segment_rows.did(who, ORDER, timezone.now() - timedelta(days=days))
            membership.refresh_one(twice.pk)

    add(3)
    few = queries(ana, address)
    add(20)
    assert queries(ana, address) == few <= 20


@pytest.mark.parametrize("raw", ["[" * 50_000, '{"version": "portret-rule/1", "all": ' + '[{"all": ' * 9_000, '{"\\ud800": 1}'])
def test_json_that_nobody_writes_by_hand_is_refused_too(ana, cast, twice, raw):
    for text in (raw, '{"version": "portret-rule/1", "all": [{"attribute": "city", "\\ud800": 1}]}'):
        page = ana.post(f"{twice.address}json/", {"rule": text})
        assert page.status_code == 422
        assert page.content


@pytest.mark.parametrize(
    "fields",
    [
        {"saved_name": "a\x00b"},
        {"r." + "9" * 5_000 + ":is": "leaf"},
        {"do": "remove:r." + "9" * 5_000},
        {"r:match": "all", "r.0:is": "leaf", "r.0:subject": "attribute:city", "r.0:test": "is", "r.0:value": "a\x00b"},
        {"r:match": "all", "r.0:is": "leaf", "r.0:subject": "attribute:a\x00b", "r.0:test": "is", "r.0:value": "x"},
    ],
)
def test_a_form_that_no_browser_sends_breaks_nothing(ana, cast, buyers, fields):
    for path, answers in (("preview/", (200,)), ("create/", (200, 422))):
        sent = ana.post(f"{LIST}{path}", urlencode(fields), content_type="application/x-www-form-urlencoded")
        assert sent.status_code in answers

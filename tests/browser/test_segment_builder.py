"""The builder of segments as it is used: it counts by itself, once a change; a new line has the focus; the keyboard is enough."""

import pytest
from playwright.sync_api import expect

PAGE = "/t/acme/segments/create/"


@pytest.fixture
def builder(site, visit):
    tab = visit(site.cast.ana).new_page()
    tab.asked = []
    tab.on("request", lambda request: tab.asked.append(request.url) if request.url.endswith("/preview/") else None)
    tab.goto(f"{PAGE}?start=loyal")
    expect(tab.locator("#preview .live-count")).to_be_visible()
    return tab


def test_it_counts_once_when_it_opens_and_once_a_change(builder):
    builder.wait_for_timeout(1_500)  # nothing more may happen by itself
    assert len(builder.asked) == 1
    builder.locator("[id='r.0:value']").fill("2")
    expect(builder.locator("#preview .explain")).to_contain_text("2 times")
    builder.wait_for_timeout(1_500)
    assert len(builder.asked) == 2


def test_a_new_line_has_the_focus_and_choosing_a_subject_changes_its_fields(builder):
    builder.get_by_role("button", name="Add rule").press("Enter")
    expect(builder.locator("[id='r.1:subject']")).to_be_focused()
    builder.locator("[id='r.1:subject']").select_option("score:orders")
    builder.locator("[id='r.1:value']").fill("3")
    expect(builder.locator("#preview .explain")).to_contain_text("who have at least 3 orders")
    expect(builder.locator("[id='count-r.1']")).not_to_be_empty()


def test_enter_in_a_field_saves(builder):
    builder.locator("#id_name").fill("By keyboard")
    builder.locator("#id_name").press("Enter")
    expect(builder.get_by_role("heading", level=1)).to_have_text("By keyboard")

"""The quarantine on the page: corrected and taken in once, or thrown away, and by whom."""

import json

import pytest

from accounts import tenancy
from accounts.models import AuditEntry, Membership
from customers.ingest import drain as inbox
from customers.models import Event, QuarantinedItem
from tests.customers.sending import make_source, post, send, track

LIST = "/t/acme/sources/quarantine/"
BAD = {"event": "Order Completed", "properties": {"total": "a lot"}}


@pytest.fixture
def bad(cast) -> dict:
    """An item that went to quarantine: its text as it was sent."""
    item = track(**BAD)
    send(make_source(cast.acme), item, sentAt="2026-11-20T10:00:00Z")
    inbox.drain(cast.acme)
    return item


def only(tenant) -> QuarantinedItem:
    with tenancy.scope(tenant):
        row = QuarantinedItem.objects.select_related("closed_by").get()
        row.path = f"{LIST}{row.public_id}/"
        return row


def events(tenant) -> int:
    with tenancy.scope(tenant):
        return Event.objects.count()


def actions(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action__startswith="quarantine.").values_list("action", flat=True))


def corrected(item: dict) -> str:
    return json.dumps({**item, "properties": {"total": 12.5}})


def test_the_list_says_what_waits_and_why(cast, ana, bad):
    answer = ana.get(LIST)
    assert [row.reason for row in answer.context["page"].rows] == ["properties.total: This is not a number."]


def test_the_list_is_filtered_by_reason_and_source(cast, ana, bad):
    assert len(ana.get(LIST, {"source": "shop", "reason": only(cast.acme).reason}).context["page"].rows) == 1
    assert ana.get(LIST, {"reason": "made up"}).status_code == 422


def test_a_corrected_item_is_taken_in_once(cast, ana, bad):
    row = only(cast.acme)
    assert ana.post(row.path, {"item": corrected(bad)}).status_code == 302
    row = only(cast.acme)
    assert (row.outcome, row.closed_by) == ("replayed", cast.ana)
    assert events(cast.acme) == 1
    assert ana.post(row.path, {"item": corrected(bad)}).status_code == 422
    assert events(cast.acme) == 1
    assert actions(cast.acme) == ["quarantine.replayed"]


def test_one_that_came_again_in_the_meantime_is_not_stored_twice(cast, ana, bad):
    with tenancy.scope(cast.acme):
        shop = QuarantinedItem.objects.get().source
    send(shop, {**bad, "properties": {"total": 12.5}})
    inbox.drain(cast.acme)
    ana.post(only(cast.acme).path, {"item": corrected(bad)})
    assert events(cast.acme) == 1


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"type":"track"}', json.dumps(track(**BAD)), "\ud800", '{"type":"track","userId":"a\\u0000"}']
)
def test_what_is_still_wrong_is_told_and_kept(cast, ana, bad, text):
    answer = ana.post(only(cast.acme).path, {"item": text.encode("utf-8", "replace").decode()})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert only(cast.acme).closed_at is None
    assert events(cast.acme) == 0


def test_one_is_thrown_away(cast, ana, bad):
    assert ana.post(only(cast.acme).path + "discard/").status_code == 302
    row = only(cast.acme)
    assert (row.outcome, row.item) == ("discarded", "")
    assert actions(cast.acme) == ["quarantine.discarded"]


def test_all_with_one_reason_are_thrown_away(cast, ana, bad):
    with tenancy.scope(cast.acme):
        shop = QuarantinedItem.objects.get().source
    send(shop, track(**BAD), track(timestamp="never"))
    inbox.drain(cast.acme)
    reason = "properties.total: This is not a number."
    asked = ana.get(f"{LIST}discard/", {"reason": reason}).context
    assert asked["count"] == 2
    ana.post(f"{LIST}discard/?reason={reason}", {"newest": asked["newest"]})
    with tenancy.scope(cast.acme):
        assert [row.reason.partition(":")[0] for row in QuarantinedItem.objects.waiting()] == ["timestamp"]


def test_what_came_after_the_question_is_not_thrown_away(cast, ana, bad):
    with tenancy.scope(cast.acme):
        shop = QuarantinedItem.objects.get().source
    newest = ana.get(f"{LIST}discard/").context["newest"]
    send(shop, track(timestamp="never"))
    inbox.drain(cast.acme)
    assert ana.post(f"{LIST}discard/").status_code == 404
    ana.post(f"{LIST}discard/", {"newest": newest})
    with tenancy.scope(cast.acme):
        assert [row.reason.partition(":")[0] for row in QuarantinedItem.objects.waiting()] == ["timestamp"]


@pytest.mark.parametrize("odd", ["\\ud800", "<script>alert(1)</script>", "\\u0000"])
def test_an_odd_item_is_shown_as_text(cast, ana, odd):
    shop = make_source(cast.acme)
    body = f'{{"batch":[{{"type":"track","userId":"{odd}","event":"{odd}","n":NaN}}]}}'
    assert post("/v1/batch", body.encode(), shop.write_key).status_code == 200
    inbox.drain(cast.acme)
    for path in (LIST, only(cast.acme).path):
        answer = ana.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


def test_an_analyst_sees_no_item(cast, ben, bad):
    with tenancy.scope(cast.acme):
        Membership.objects.filter(user=cast.ben).update(roles=["analyst"])
    assert [ben.get(path).status_code for path in (LIST, only(cast.acme).path, f"{LIST}discard/")] == [403] * 3


def test_what_was_taken_in_is_kept_with_the_customer_only(cast, ana, bad):
    ana.post(only(cast.acme).path, {"item": corrected(bad)})
    assert only(cast.acme).item == ""


def test_a_viewer_looks_and_changes_nothing(cast, ben, bad):
    row = only(cast.acme)
    assert ben.get(row.path).status_code == 200
    assert ben.post(row.path, {"item": corrected(bad)}).status_code == 403
    assert ben.post(row.path + "discard/").status_code == 403
    assert ben.post(f"{LIST}discard/").status_code == 403
    assert events(cast.acme) == 0


def test_a_stranger_finds_nothing(cast, mallory, bad):
    assert mallory.get(only(cast.acme).path).status_code == 404

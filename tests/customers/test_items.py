"""What one item says, in the words of Segment: names, ids, times, traits, and what is kept of an item that cannot be taken in."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts import tenancy
from customers.ingest import drain as inbox
from customers.ingest import quarantine
from customers.models import Customer, Event, Identifier, InboxBatch, QuarantinedItem, SourceRecord
from tests.customers.sending import make_source, post, send, track


@pytest.fixture
def shop(cast):
    return make_source(cast.acme)


@pytest.fixture
def drained(cast, shop):
    """drained(item, …): hands in one batch, empties the inbox, and leaves the scope of acme open to look."""
    with tenancy.scope(cast.acme):

        def work(*items, **more):
            send(more.pop("source", shop), *items, **more)
            inbox.drain(cast.acme)

        yield work


def names() -> list[str]:
    return sorted(Event.objects.values_list("type__name", flat=True))


def test_what_comes_again_another_day_without_id_and_time_happened_twice(drained):
    bare = {"type": "track", "userId": "u1", "event": "Signed In"}
    drained(bare)
    drained(bare)
    assert Event.objects.count() == 2


def test_what_comes_again_with_a_time_but_another_sending_happened_once(drained):
    timed = {"type": "track", "userId": "u1", "event": "Signed In", "timestamp": "2026-11-20T10:00:00Z"}
    drained(timed, sentAt="2026-11-20T10:00:01Z")
    drained(timed, sentAt="2026-11-20T10:00:09Z")
    assert Event.objects.count() == 1


def test_a_message_id_may_be_a_number(drained):
    item = track(messageId=12345)
    drained(item, sentAt="2026-11-20T10:00:01Z")
    drained(item, sentAt="2026-11-20T10:00:09Z")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("said", ["{0}{1}{2}{3}{4}", "uuid:{0}{1}{2}{3}{4}"])
def test_only_the_form_of_a_uuid_is_one(drained, said):
    whole = str(uuid4())
    other = said.format(*whole.split("-")).ljust(36, "-")
    drained(track(messageId=whole), track(messageId=other))
    assert Event.objects.count() == 2


def test_a_uuid_in_capitals_is_the_same(drained):
    whole = str(uuid4())
    drained(track(messageId=whole), track(messageId=whole.upper()))
    assert Event.objects.count() == 1


def test_the_same_message_id_of_two_sources_is_two_events(cast, drained):
    item = track()
    drained(item)
    drained(item, source=make_source(cast.acme, "till"))
    assert Event.objects.count() == 2


@pytest.mark.parametrize("name", ["order completed", " Order   Completed ", "ORDER\tCOMPLETED"])
def test_a_name_in_other_letters_is_the_same_event(drained, name):
    drained(track(event=name, properties={"total": "12.50"}))
    assert list(Event.objects.values_list("type__name", "amount")) == [("Order Completed", 1250)]


def test_a_currency_that_is_no_money_is_nobodys_business(drained):
    drained(track(event="Game Won", properties={"currency": "gold coins"}))
    assert names() == ["Game Won"]


@pytest.mark.parametrize(
    "sent_at", ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "soon"]
)
def test_a_time_of_sending_that_cannot_be_is_no_help(drained, sent_at):
    happened = datetime.now(UTC) - timedelta(hours=5)
    drained(track(timestamp=happened.isoformat()), sentAt=sent_at)
    assert abs(Event.objects.get().occurred_at - happened) < timedelta(seconds=5)


def test_an_address_and_a_company_are_objects(drained):
    address = {
        "city": "Utrecht",
        "postalCode": "3511 AA",
        "street": "Neude 11",
        "country": "NL",
        "phone": "not mine",
        "name": "The neighbour",
    }
    company = {"name": "Initech", "id": 7, "employee_count": 40}
    drained({"type": "identify", "userId": "u1", "traits": {"address": address, "company": company}})
    customer = Customer.objects.get()
    assert customer.attributes == {"city": "Utrecht", "postcode": "3511 AA", "street": "Neude 11", "country": "NL", "company": "Initech"}
    assert SourceRecord.objects.get().undeclared == {
        "address_phone": "not mine",
        "address_name": "The neighbour",
        "company_id": 7,
        "company_employee_count": 40,
    }


def test_the_standard_traits_find_their_attributes(drained):
    traits = {
        "firstName": "Noor",
        "lastName": "de Vries",
        "createdAt": "2024-02-29T10:00:00Z",
        "birthday": "1990-05-01",
        "phone": 31612345678,
        "company": "Initech",
    }
    drained({"type": "identify", "userId": 12, "traits": {**traits, "phone": "+31 6 12345678"}})
    said = Customer.objects.get().attributes
    assert (said["first_name"], said["last_name"], said["birthday"]) == ("Noor", "de Vries", "1990-05-01")
    assert (said["signup_at"], said["phone"], said["company"]) == ("2024-02-29T10:00:00Z", "+31612345678", "Initech")


@pytest.mark.parametrize("together", [True, False])
def test_an_alias_finds_a_device_whose_id_is_no_uuid(drained, together):
    visit, alias = track(None, anonymousId="device-7"), {"type": "alias", "userId": "u1", "previousId": "device-7"}
    drained(visit, alias) if together else (drained(visit), drained(alias))
    assert Customer.objects.present().count() == 1
    assert set(Identifier.objects.values_list("kind", "value")) == {("anonymous", "device-7"), ("external", "u1")}


def test_an_alias_finds_a_customer_number_that_looks_like_a_device(drained):
    before = str(uuid4())
    drained(track(before))
    drained({"type": "alias", "userId": "u1", "previousId": before})
    assert Customer.objects.present().count() == 1
    assert set(Identifier.objects.values_list("kind", "value")) == {("external", before), ("external", "u1")}


def test_a_source_that_does_not_identify_knows_devices_only(cast, drained):
    site = make_source(cast.acme, "site", identifies=False)
    traits = {"email": "ada@example.nl", "phone": "0612345678", "city": "Utrecht"}
    drained({"type": "identify", "userId": "u1", "anonymousId": "d1", "traits": traits}, source=site)
    assert list(Identifier.objects.values_list("kind", "value")) == [("anonymous", "d1")]
    assert Customer.objects.get().attributes == {"city": "Utrecht"}
    drained(track("u1"), {"type": "alias", "anonymousId": "d1", "previousId": "d2"}, source=site)
    reasons = QuarantinedItem.objects.order_by("pk").values_list("reason", flat=True)
    assert [reason.partition(":")[0] for reason in reasons] == ["anonymousId", "type"]


def test_of_the_machine_nothing_is_kept(drained):
    context = {"ip": "203.0.113.9", "userAgent": "Mozilla/5.0", "traits": {"city": "Utrecht"}, "page": {"path": "/a"}}
    drained(track(context=context), track(timestamp="never", context=context, writeKey="secret"))
    kept = json.loads(QuarantinedItem.objects.get().item)
    assert kept["context"] == {"traits": {"city": "Utrecht"}, "page": {"path": "/a"}}
    assert "writeKey" not in kept
    assert "Mozilla" not in str(list(Event.objects.values())) + str(list(SourceRecord.objects.values()))


def test_the_key_of_a_single_call_is_not_kept(cast, shop):
    post("/v1/track", {"userId": "u1", "writeKey": shop.write_key})
    with tenancy.scope(cast.acme):
        assert shop.write_key.encode() not in bytes(InboxBatch.objects.get().body)


def test_too_large_an_item_is_not_replayed(cast, drained):
    drained(track(timestamp="never"))
    with pytest.raises(quarantine.Unusable):
        quarantine.replay(QuarantinedItem.objects.get().pk, json.dumps(track(properties={"a": "x" * 33_000})), by=cast.ana)

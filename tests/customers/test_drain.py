"""The drain: what sources handed in becomes customers and events, once, whatever stands in it."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts import tenancy
from customers.ingest import drain as inbox
from customers.models import Customer, Event, Identifier, InboxBatch, Product, QuarantinedItem, SourceDay, SourceRecord
from tests.customers.sending import make_source, post, send, track


@pytest.fixture
def shop(cast):
    return make_source(cast.acme)


@pytest.fixture
def drained(cast, shop):
    """drained(item, …): hands in one batch, empties the inbox, and leaves the scope of acme open to look."""
    with tenancy.scope(cast.acme):

        def work(*items, **more):
            send(shop, *items, **more)
            inbox.drain(cast.acme)

        yield work


def reasons() -> list[str]:
    return list(QuarantinedItem.objects.order_by("pk").values_list("reason", flat=True))


def test_an_event_is_stored_once_and_its_batch_is_gone(drained):
    item = track("u1", "Product Viewed", properties={"product_id": "p1", "price": 12.5})
    drained(item, item)
    drained(item)
    event = Event.objects.get()
    assert (event.type.name, str(event.message_id)) == ("Product Viewed", item["messageId"])
    assert event.properties["product_id"] == "p1"
    assert not InboxBatch.objects.exists()
    day = SourceDay.objects.get()
    assert (day.accepted, day.duplicates, day.rejected) == (1, 2, 0)


def test_traits_become_values_and_say_who_it_is(drained):
    traits = {"email": " Ada@Example.NL ", "phone": "06 12345678", "firstName": "Ada", "shoe": 38, "address": {"city": "Utrecht"}}
    drained({"type": "identify", "userId": "u1", "anonymousId": "d1", "traits": traits})
    customer = Customer.objects.get()
    assert customer.attributes["email"] == "ada@example.nl"
    assert (customer.attributes["first_name"], customer.attributes["city"]) == ("Ada", "Utrecht")
    assert set(Identifier.objects.values_list("kind", "value")) == {
        ("external", "u1"),
        ("anonymous", "d1"),
        ("email", "ada@example.nl"),
        ("phone", "+31612345678"),
    }
    assert SourceRecord.objects.get().undeclared == {"shoe": 38}


def test_traits_in_the_context_of_an_event_count(drained):
    drained(track("u1", context={"traits": {"email": "ada@example.nl"}}))
    assert Customer.objects.get().email == "ada@example.nl"


def test_a_page_a_screen_and_a_group_are_events(drained):
    page = {"url": "https://shop.example/a", "title": "A"}
    drained(
        {"type": "page", "anonymousId": "d1", "name": "Home", "context": {"page": page}, "properties": {"path": "/a"}},
        {"type": "screen", "anonymousId": "d1", "name": "Start"},
        {"type": "group", "userId": "u1", "groupId": 7, "traits": {"name": "Initech"}},
    )
    said = dict(Event.objects.values_list("type__name", "properties"))
    assert said["Page Viewed"] == {**page, "name": "Home", "path": "/a"}
    assert said["Screen Viewed"] == {"name": "Start"}
    assert said["Group Joined"] == {"name": "Initech", "groupId": "7"}


def test_an_alias_joins_what_went_before(drained):
    device = str(uuid4())
    drained(track(None, anonymousId=device))
    drained({"type": "alias", "userId": "u1", "previousId": device})
    drained(track("u1"))
    roots = {customer.root for customer in Customer.objects.all()}
    assert len(roots) == 1


def test_a_clock_that_is_a_year_wrong_is_put_right(drained):
    now = datetime.now(UTC)
    wrong = now + timedelta(days=365)
    drained(track(timestamp=(wrong - timedelta(hours=2)).isoformat()), sentAt=wrong.isoformat())
    assert abs(Event.objects.get().occurred_at - (now - timedelta(hours=2))) < timedelta(seconds=10)


def test_a_time_to_come_is_the_time_of_arrival(drained):
    drained(track(timestamp="2999-01-01T00:00:00Z"))
    event = Event.objects.get()
    assert event.occurred_at == event.received_at


def test_an_order_has_an_amount_in_minor_units(drained):
    drained(
        track(event="Order Completed", properties={"total": "12.50", "currency": "usd", "order_id": "o1"}),
        track(event="Order Completed", properties={"total": 7}),
    )
    assert set(Event.objects.values_list("amount", "currency")) == {(1250, "USD"), (700, "EUR")}


def test_products_are_learned_and_the_newest_wins(drained):
    first = {"products": [{"product_id": "p1", "name": "Old", "price": 10, "url": "https://shop.example/p1"}]}
    drained(track(event="Order Completed", properties=first, timestamp="2026-01-01T00:00:00Z"))
    drained(track(properties={"product_id": "p1", "name": "New", "price": 12.5}, timestamp="2026-02-01T00:00:00Z"))
    drained(track(properties={"product_id": "p1", "name": "Older"}, timestamp="2025-02-01T00:00:00Z"))
    product = Product.objects.get()
    assert (product.name, product.price, product.currency, product.url) == ("New", 1250, "EUR", "https://shop.example/p1")


def test_an_id_may_be_a_number_or_any_text(drained):
    drained({**track(), "userId": 12}, {**track(), "messageId": "not a uuid"}, {**track(), "messageId": "not a uuid"})
    assert Identifier.objects.filter(value="12").exists()
    assert Event.objects.count() == 2


def test_items_without_an_id_are_known_again_when_the_batch_comes_twice(cast, shop):
    body = {"batch": [{**track(), "messageId": None}, {**track(), "messageId": None}], "sentAt": "2026-11-20T10:00:01Z"}
    for _ in range(2):
        post("/v1/batch", body, shop.write_key)
    inbox.drain(cast.acme)
    with tenancy.scope(cast.acme):
        assert Event.objects.count() == 2


DEEP = json.loads("[" * 60 + "]" * 60)
POISON = {
    "no type": ({"userId": "u1"}, "type:"),
    "a strange type": ({"type": "dance", "userId": "u1"}, "type:"),
    "a list for an item": ([1], "an item is an object"),
    "nobody": ({**track(), "userId": None}, "userId:"),
    "an empty id": ({**track(), "userId": "  "}, "userId:"),
    "an object for an id": ({**track(), "userId": {"a": 1}}, "userId:"),
    "a NUL in the id": (track("a\x00b"), "holds a character"),
    "a NUL in a value": (track(properties={"a": "\x00"}), "holds a character"),
    "a NUL in a key": (track(properties={"a\x00": 1}), "holds a character"),
    "no name": ({**track(), "event": ""}, "event:"),
    "a long name": (track(event="x" * 101), "event:"),
    "properties that are none": (track(properties=[1]), "properties:"),
    "too deep": (track(properties={"a": DEEP}), "nested deeper"),
    "no amount": (track(event="Order Completed", properties={"total": "a lot"}), "properties.total:"),
    "no currency": (track(event="Order Completed", properties={"total": 1, "currency": "euro"}), "properties.currency:"),
    "no products": (track(event="Order Completed", properties={"products": "many"}), "properties.products:"),
    "a large amount": (track(event="Order Completed", properties={"total": 1e300}), "properties.total:"),
    "no time": (track(timestamp="yesterday"), "timestamp:"),
    "a number for a time": (track(timestamp=1e12), "timestamp:"),
    "long ago": (track(timestamp="1700-01-01T00:00:00Z"), "timestamp:"),
    "no date": ({"type": "identify", "userId": "u1", "traits": {"birthday": "soon"}}, "traits.birthday:"),
    "no address": ({"type": "identify", "userId": "u1", "traits": {"email": "ada"}}, "traits.email:"),
    "an alias of nobody": ({"type": "alias", "userId": "u1"}, "previousId:"),
    "a long id": (track("x" * 300), "Longer"),
}


@pytest.mark.parametrize(("bad", "place"), POISON.values(), ids=POISON)
def test_a_bad_item_goes_to_quarantine_and_costs_the_others_nothing(drained, bad, place):
    drained(track("before"), bad, track("after"))
    (reason,) = reasons()
    assert reason.startswith(place)
    assert Event.objects.count() == 2
    assert SourceDay.objects.get().rejected == 1


def test_a_large_number_is_kept_or_put_aside_but_never_in_the_way(cast, shop):
    for number in (b"1e400", b"-1e400", b"9" * 400, b"1e308"):
        body = (
            b'{"batch":['
            + json.dumps(track()).encode()
            + b',{"type":"track","event":"X","userId":"u","properties":{"n":'
            + number
            + b"}}]}"
        )
        assert post("/v1/batch", body, shop.write_key).status_code == 200
    inbox.drain(cast.acme)
    with tenancy.scope(cast.acme):
        assert Event.objects.filter(type__name="Product Viewed").count() == 4
        assert not InboxBatch.objects.exists()


def test_what_only_the_database_refuses_is_found_by_halves(drained, monkeypatch):
    from customers.ingest import items

    monkeypatch.setattr(items.values, "is_storable", lambda _: True)
    drained(*(track(f"u{number}") for number in range(9)), track(properties={"a": "\x00"}), track("last"))
    assert Event.objects.count() == 10
    assert reasons() == ["the database cannot hold it"]


def test_ten_thousand_items_of_rubbish(cast, shop):
    rubbish = [
        None,
        1,
        "x",
        [],
        {},
        {"type": "track"},
        {"type": "identify", "userId": True},
        track(properties="x"),
        track(event=5),
        {"userId": "u"},
    ]
    for _ in range(100):
        assert post("/v1/batch", {"batch": [*(rubbish * 10), track()]}, shop.write_key).status_code == 200
    assert inbox.drain(cast.acme) == 10_100
    with tenancy.scope(cast.acme):
        assert QuarantinedItem.objects.count() == len({json.dumps(item) for item in rubbish})  # the same again is kept once
        assert Event.objects.count() == 100
        assert SourceDay.objects.get().rejected == 10_000


def test_what_is_quarantined_remembers_when_it_was_sent(drained):
    drained(track(timestamp="yesterday"), sentAt="2026-11-20T10:00:01Z")
    assert json.loads(QuarantinedItem.objects.get().item)["sentAt"] == "2026-11-20T10:00:01Z"


def test_an_empty_inbox_is_no_work(cast, shop):
    assert inbox.drain(cast.acme) == 0

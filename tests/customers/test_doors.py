"""The doors of sources: what is taken in and kept before the answer, and what is refused with which status."""

import gzip
import io
import json
import time
import zlib

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts import tenancy
from customers.ingest import accept, limits, senders
from customers.ingest.drain import drain
from customers.models import InboxBatch, QuarantinedItem, SourceDay
from tests.customers.sending import basic, inbox, make_source, post, send, track

SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@pytest.fixture
def shop(cast):
    return make_source(cast.acme)


def waiting(tenant) -> list[tuple[str, str]]:
    drain(tenant)
    with tenancy.scope(tenant):
        return list(QuarantinedItem.objects.values_list("item", "reason"))


def test_a_batch_is_kept_as_it_came(cast, shop):
    answer = post("/v1/batch", {"batch": [track(), track()], "sentAt": "2026-11-20T10:00:01Z"}, shop.write_key)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (kept,) = inbox(cast.acme)
    assert [item["type"] for item in kept["batch"]] == ["track", "track"]
    assert kept["sentAt"] == "2026-11-20T10:00:01Z"
    with tenancy.scope(cast.acme):
        row = InboxBatch.objects.get()
        assert (row.items, row.source_id) == (2, shop.pk)


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/batch/", "/v1/b", "/v1/b/"])
def test_a_batch_comes_by_any_name(cast, shop, path):
    assert post(path, {"batch": [track()]}, shop.write_key).status_code == 200
    assert len(inbox(cast.acme)) == 1


@pytest.mark.parametrize("path", [*SHORT, *SHORT.values()])
def test_a_single_call_is_a_batch_of_one_and_says_what_it_is(cast, shop, path):
    answer = post(f"/v1/{path}", {"userId": "u1", "sentAt": "2026-11-20T10:00:01Z"}, shop.write_key)
    assert answer.status_code == 200
    (kept,) = inbox(cast.acme)
    assert kept["batch"][0]["type"] == SHORT.get(path, path)
    assert kept["sentAt"] == "2026-11-20T10:00:01Z"


def test_the_key_may_stand_in_the_body(cast, shop):
    assert post("/v1/t", {"userId": "u1", "writeKey": shop.write_key}).status_code == 200
    assert post("/v1/batch", {"batch": [track()], "writeKey": shop.write_key}).status_code == 200
    assert len(inbox(cast.acme)) == 2


def test_a_key_names_its_tenant(shop):
    slug, _, secret = shop.write_key.partition("_")
    assert slug == "acme"
    assert len(secret) == 32


@pytest.mark.parametrize("key", ["", "acme_nothing", "nobody_x", "no-underscore", "acme_\x00", "é_x", "x" * 5_000])
def test_a_wrong_key_is_refused(cast, shop, key):
    answer = post("/v1/batch", {"batch": [track()], "writeKey": key})
    assert answer.status_code == 401
    assert answer.json()["code"] == "unknown_write_key"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert inbox(cast.acme) == []


def test_a_strange_authorization_is_refused(cast, shop):
    for said in ("Bearer x", "Basic", "Basic %%%", "Basic /w=="):
        assert post("/v1/batch", {"batch": [track()]}, authorization=said).status_code == 401


def test_the_key_of_another_tenant_opens_its_own_wall_only(cast, shop):
    theirs = make_source(cast.globex)
    send(theirs, track())
    assert inbox(cast.acme) == []
    assert len(inbox(cast.globex)) == 1


def test_a_closed_source_and_a_renewed_key_are_refused_within_seconds(cast, shop, monkeypatch):
    send(shop, track())
    with tenancy.scope(cast.acme):
        shop.close()
    later = time.monotonic() + senders.REMEMBERED + 1
    monkeypatch.setattr(senders.time, "monotonic", lambda: later)
    assert post("/v1/batch", {"batch": [track()]}, shop.write_key).status_code == 401


def test_what_is_remembered_of_keys_has_a_bound(cast, shop, monkeypatch):
    monkeypatch.setattr(senders, "MOST", 5)
    for number in range(20):
        post("/v1/batch", {"batch": []}, f"acme_{number}")
    assert len(senders._unknown) <= 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'{"batch": 5}',
        b'{"batch"}',
        b"{}",
        b'{"batch":["\xff"]}',
        b'{"batch":[' + b"[" * 9_000 + b"]" * 9_000 + b"]}",
    ],
)
def test_what_is_no_batch_is_refused_and_told_why(cast, shop, body):
    answer = post("/v1/batch", body, shop.write_key)
    assert answer.status_code == 400
    assert (answer.json()["success"], answer.json()["code"]) == (False, "malformed")
    assert answer.json()["message"]
    assert inbox(cast.acme) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"a": NaN}'])
def test_what_is_no_call_is_refused(shop, body):
    assert post("/v1/track", body, shop.write_key).status_code == 400


def test_gzip_is_undone(cast, shop):
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())
    assert post("/v1/batch", body, shop.write_key, **{"content-encoding": "gzip"}).status_code == 200
    assert len(inbox(cast.acme)[0]["batch"]) == 1


def test_a_bomb_is_not_unpacked(cast, shop):
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < limits.BATCH_BYTES
    assert post("/v1/batch", bomb, shop.write_key, **{"content-encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b'{"batch":[]}', mtime=0)[:-9], zlib.compress(b'{"batch":[]}')])
def test_broken_gzip_is_refused(shop, body):
    assert post("/v1/batch", body, shop.write_key, **{"content-encoding": "gzip"}).status_code == 400


def test_other_encodings_are_refused(shop):
    assert post("/v1/batch", b"x", shop.write_key, **{"content-encoding": "br"}).status_code == 400


def test_a_batch_beyond_the_limit_is_refused(cast, shop):
    assert post("/v1/batch", {"batch": [track(properties={"a": "x" * 400}) for _ in range(1_200)]}, shop.write_key).status_code == 413
    assert inbox(cast.acme) == []


def test_a_body_beyond_every_limit_is_refused_in_json(shop):
    answer = post("/v1/batch", b" " * 5_100_000, shop.write_key)
    assert answer.status_code == 413
    assert "json" in answer.headers["Content-Type"]


def test_a_large_call_is_refused(shop):
    assert post("/v1/track", track(properties={"a": "x" * 33_000}), shop.write_key).status_code == 413


def test_a_large_item_of_a_batch_costs_the_others_nothing(cast, shop):
    send(shop, track("good"), track("large", properties={"a": "x" * 33_000}), track("better"), sentAt="2026-11-20T10:00:01Z")
    (kept,) = inbox(cast.acme)
    assert [item["userId"] for item in kept["batch"] if isinstance(item, dict)] == ["good", "better"]
    assert kept["sentAt"] == "2026-11-20T10:00:01Z"
    ((item, reason),) = waiting(cast.acme)
    assert json.loads(item)["userId"] == "large"
    assert reason == "larger than 32,000 bytes"
    with tenancy.scope(cast.acme):
        day = SourceDay.objects.get()
    assert (day.accepted, day.rejected) == (2, 1)


@pytest.mark.parametrize("bad", [b'{"type":"track","a":NaN}', b'{"type":"track","a":"\\ud800"}', b'{"type":"track","a":-Infinity}'])
def test_an_item_that_is_no_json_costs_the_others_nothing(cast, shop, bad):
    body = b'{"batch":[' + json.dumps(track("good")).encode() + b"," + bad + b"]}"
    assert post("/v1/batch", body, shop.write_key).status_code == 200
    assert [item["userId"] for item in inbox(cast.acme)[0]["batch"] if isinstance(item, dict)] == ["good"]
    ((_item, reason),) = waiting(cast.acme)
    assert reason.startswith("not JSON")


def test_a_text_for_an_item_is_put_aside(cast, shop):
    send(shop, "x", json.dumps(track()), track())
    assert [reason.partition(":")[0] for _item, reason in waiting(cast.acme)] == ["not JSON", "an item is an object"]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_a_byte_order_mark_is_no_harm(cast, shop, path):
    body = b"\xef\xbb\xbf" + json.dumps({"batch": [track()], "userId": "u1"}).encode()
    assert post(path, body, shop.write_key).status_code == 200
    assert post(path, gzip.compress(body), shop.write_key, **{"content-encoding": "gzip"}).status_code == 200
    assert len(inbox(cast.acme)) == 2


@pytest.mark.parametrize(("size", "status"), [(1, 200), (1_200, 413)])
def test_a_body_in_pieces_is_read_within_the_limit(cast, shop, size, status):
    body = json.dumps({"batch": [track(properties={"a": "x" * 400}) for _ in range(size)]}).encode()
    environ = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = Client().generic("POST", "/v1/batch", headers=basic(shop.write_key), **environ)
    assert answer.status_code == status
    assert len(inbox(cast.acme)) == (status == 200)


def test_an_empty_batch_leaves_nothing(cast, shop):
    send(shop)
    assert inbox(cast.acme) == []


def test_who_calls_too_often_is_told_to_wait(cast, shop, monkeypatch):
    monkeypatch.setattr(limits, "CALLS", 2)
    answers = [post("/v1/batch", {"batch": [track()]}, shop.write_key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 11
    assert len(inbox(cast.acme)) == 2


def test_a_full_inbox_is_told_and_keeps_what_it_has(cast, shop, monkeypatch):
    monkeypatch.setattr(limits, "BACKLOG_BATCHES", 1)
    send(shop, track())
    accept.forget()
    answer = post("/v1/batch", {"batch": [track()]}, shop.write_key)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert len(inbox(cast.acme)) == 1


def test_a_database_that_is_away_is_said_with_503(shop):
    def away(*_):
        raise OperationalError

    send(shop, track())
    with connection.execute_wrapper(away):
        answer = post("/v1/batch", {"batch": [track()]}, shop.write_key)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_page_of_any_site_may_call(shop):
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    answer = Client().options("/v1/t", headers={**asked, "access-control-request-headers": "authorization,content-type"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"authorization", "content-type"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_every_answer_can_be_read_by_the_page_that_called(shop):
    answers = [
        post("/v1/batch", {"batch": []}, shop.write_key),
        post("/v1/batch", b"{", shop.write_key),
        post("/v1/batch", {"batch": []}, "acme_x"),
        Client().get("/v1/batch"),
        Client().get("/v1/projects/nobody/settings"),
        Client().get("/v1/nowhere"),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 401, 405, 401, 404]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"*"}


def test_no_cookie_and_no_session(ana, shop):
    answer = post("/v1/batch", {"batch": [track()]}, shop.write_key, client=ana)
    assert answer.cookies == {}
    assert (
        Client(enforce_csrf_checks=True).post("/v1/t", b"{}", content_type="text/plain", headers=basic(shop.write_key)).status_code == 200
    )


def test_the_browser_library_is_told_where_to_send(shop):
    known = Client().get(f"/v1/projects/{shop.write_key}/settings", headers={"host": "localhost"}).json()
    assert known["integrations"]["Segment.io"]["apiHost"] == "localhost/v1"
    assert known["integrations"]["Segment.io"]["apiKey"] == shop.write_key
    assert known["metrics"] == {"sampleRate": 0}


def test_what_the_browser_library_says_of_itself_is_not_kept(cast, shop):
    assert post("/v1/m", {"series": [{"metric": "analytics_js.invoke"}]}).status_code == 200
    assert inbox(cast.acme) == []


def test_the_key_reaches_no_log(shop, caplog):
    with caplog.at_level("INFO"):
        Client().get(f"/v1/projects/{shop.write_key}/settings")
        post("/v1/batch", {"batch": []}, shop.write_key)
    routes = [record.route for record in caplog.records if record.name == "portret.access"]
    assert len(routes) == 2
    assert shop.write_key not in caplog.text + "".join(routes)


def test_one_insert_a_request(cast, shop, django_assert_num_queries):
    send(shop, track())
    with django_assert_num_queries(4) as queries:  # savepoint, SET LOCAL, release, reset: the insert itself goes past Django
        send(shop, track())
    assert not any("customers_source" in query["sql"] or "accounts_tenant" in query["sql"] for query in queries)

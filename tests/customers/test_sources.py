"""Sources on the page: connected, changed, closed, their key renewed; who may, and who may not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tenancy
from accounts.models import AuditEntry
from customers.ingest import drain as inbox
from customers.models import Source
from tests.customers.sending import make_source, post, send, track

ENGLISH = {"accept-language": "en"}
CARD = {"name": "Web shop", "kind": "shop", "priority": 10, "used_for": "Orders", "identifies": "on"}
PAGES = ["", "change/", "key/", "close/"]


@pytest.fixture
def shop(cast):
    return make_source(cast.acme)


def address(source, page: str = "") -> str:
    with tenancy.scope(source.tenant):
        return f"/t/acme/sources/{source.public_id}/{page}"


def actions(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action__startswith="source.").order_by("pk").values_list("action", flat=True))


def test_a_source_is_connected_with_its_card(cast, ana):
    answer = ana.post("/t/acme/sources/new/", CARD)
    assert answer.status_code == 302
    with tenancy.scope(cast.acme):
        source = Source.objects.get()
        assert (source.slug, source.kind, source.used_for) == ("web-shop", "shop", "Orders")
    assert source.write_key in ana.get(answer.url).content.decode()
    assert actions(cast.acme) == ["source.created"]


def test_a_second_of_the_same_name_has_another_short_name(cast, ana):
    for _ in range(2):
        ana.post("/t/acme/sources/new/", CARD)
    with tenancy.scope(cast.acme):
        assert set(Source.objects.values_list("slug", flat=True)) == {"web-shop", "web-shop-2"}


def test_numbers_that_others_use_are_not_given_up(cast, ana, shop):
    make_source(cast.acme, "till", shares_ids_with=shop)
    other = make_source(cast.acme, "app")
    assert ana.post(address(shop, "change/"), {**CARD, "shares_ids_with": other.pk}).status_code == 422
    assert ana.post(address(other, "change/"), {**CARD, "shares_ids_with": shop.pk}).status_code == 302


def test_a_source_without_a_name_is_told(ana):
    assert ana.post("/t/acme/sources/new/", {**CARD, "name": ""}).status_code == 422


def test_the_list_says_how_each_fares(cast, ana, shop):
    send(shop, track(), track(timestamp="never"))
    inbox.drain(cast.acme)
    (health,) = ana.get("/t/acme/sources/", headers=ENGLISH).context["sources"]
    assert (health.accepted, health.rejected, health.waiting, health.state) == (1, 1, 1, "refusing")


def test_the_list_costs_the_same_however_many(cast, ana):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.get("/t/acme/sources/")
        return len(queries)

    make_source(cast.acme, "first")
    before = cost()
    for number in range(12):
        make_source(cast.acme, f"s{number}")
    assert cost() == before


def test_the_page_shows_thirty_days(cast, ana, shop):
    send(shop, track())
    inbox.drain(cast.acme)
    answer = ana.get(address(shop))
    assert len(answer.context["days"]) == 30
    assert answer.context["days"][-1].accepted == 1


def test_a_change_is_kept_and_told(cast, ana, shop):
    assert ana.post(address(shop, "change/"), {**CARD, "name": "Till"}).status_code == 302
    with tenancy.scope(cast.acme):
        assert Source.objects.get().name == "Till"
    assert actions(cast.acme) == ["source.changed"]


def test_a_renewed_key_replaces_the_old_one(cast, ana, shop):
    assert ana.post(address(shop, "key/")).status_code == 302
    with tenancy.scope(cast.acme):
        new = Source.objects.get().write_key
    assert post("/v1/batch", {"batch": [track()]}, shop.write_key).status_code == 401
    assert post("/v1/batch", {"batch": [track()]}, new).status_code == 200
    assert actions(cast.acme) == ["source.key_renewed"]


def test_a_source_is_closed_and_opened(cast, ana, shop):
    ana.post(address(shop, "close/"))
    assert post("/v1/batch", {"batch": [track()]}, shop.write_key).status_code == 401
    ana.post(address(shop, "close/"))
    assert actions(cast.acme) == ["source.closed", "source.closed"]
    with tenancy.scope(cast.acme):
        assert Source.objects.get().is_open


def test_a_viewer_looks_and_changes_nothing(ben, shop):
    assert ben.get("/t/acme/sources/").status_code == 200
    page = ben.get(address(shop))
    assert page.status_code == 200
    assert shop.write_key not in page.content.decode()
    assert [ben.post(address(shop, part)).status_code for part in PAGES[1:]] == [403] * 3
    assert ben.get("/t/acme/sources/new/").status_code == 403


def test_a_stranger_finds_nothing(mallory, shop):
    assert {mallory.get(address(shop, page)).status_code for page in PAGES} == {404}


def test_the_guide_shows_every_standard_event(ana):
    page = ana.get("/t/acme/sources/guide/", headers=ENGLISH).content.decode()
    assert "Order Completed" in page
    assert "500,000 bytes" in page

"""The unsubscribe button of mail programs (RFC 8058; privacy.md DL2, DL3, DL4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from accounts import tenancy
from consent import gate
from consent.models import LedgerEvent, Reason
from tests.conftest import make_cast
from tests.consent import portal_rows, rows
from tests.consent.portal_rows import one_click, states

SCANNERS = ["Mozilla/5.0 (compatible; Barracuda)", "Microsoft Office SafeLinks", "GoogleImageProxy", "python-requests/2.32", ""]
BODY = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


@pytest.fixture
def ada(newsletter):
    ada = rows.customer()
    rows.allow(ada, newsletter)
    return ada


@pytest.fixture
def strict() -> Client:
    """Django's check of forms switched on, as for a real request; no cookies."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("kind", ["multipart", "urlencoded", "empty"])
@pytest.mark.django_db
def test_a_bare_post_ends_it_without_cookies_redirect_or_question(strict, ada, newsletter, kind):
    """DL2"""
    if kind == "multipart":
        answer = strict.post(one_click(ada), BODY)
    elif kind == "urlencoded":
        answer = strict.post(one_click(ada), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    else:
        answer = strict.post(one_click(ada), b"", content_type="application/octet-stream")
    assert answer.status_code == 200
    assert not answer.has_header("Location")
    assert answer.cookies == {}
    assert gate.ask([ada.pk], newsletter, "email")[ada.pk].reason == Reason.WITHDRAWN
    assert portal_rows.logged(ada)[-1]["method"] == "one_click"


@pytest.mark.django_db
def test_looking_a_hundred_times_changes_nothing(client, ada):
    """DL3"""
    before = LedgerEvent.objects.count()
    for number in range(50):
        agent = {"user-agent": SCANNERS[number % len(SCANNERS)]}
        assert client.get(one_click(ada), headers=agent).status_code == 200
        assert client.head(one_click(ada), headers=agent).status_code == 200
    assert LedgerEvent.objects.count() == before


@pytest.mark.django_db
def test_the_page_offers_this_one_thing_and_everything(client, ada):
    """DL4"""
    text = client.get(one_click(ada), headers={"accept-language": "en"}).content.decode()
    for words in ("No more Newsletter?", "Stop it", "Stop everything", "See all your choices"):
        assert words in text
    assert text.count('method="post"') == 2


@pytest.mark.django_db
def test_it_ends_that_purpose_on_that_channel_and_nothing_else(strict, ada, newsletter):
    """DL4"""
    offers = rows.purpose("offers", channels=("email", "sms"))
    rows.allow(ada, offers)
    rows.allow(ada, offers, "sms")
    strict.post(one_click(ada, "offers"), BODY)
    answers = [gate.ask([ada.pk], what, channel)[ada.pk].reason for what, channel in ((offers, "email"), (newsletter, "email"))]
    assert answers == [Reason.WITHDRAWN, Reason.ALLOWED]
    assert states(ada) == ["given", "given", "given", "withdrawn"]


@pytest.mark.django_db
def test_a_link_without_a_channel_ends_the_purpose_on_each(strict, ada):
    offers = rows.purpose("offers", channels=("email", "post"))
    rows.allow(ada, offers)
    strict.post(one_click(ada, "offers", ""), BODY)
    assert sorted(states(ada)[2:]) == ["refused", "withdrawn"]


@pytest.mark.django_db
def test_a_link_to_nothing_in_particular_stops_everything(strict, ada):
    strict.post(one_click(ada, "", ""), BODY)
    assert states(ada) == ["given", "withdrawn", "hold"]


@pytest.mark.django_db
def test_a_purpose_that_was_put_away_is_answered_as_done(strict, ada):
    assert strict.post(one_click(ada, "gone"), BODY).status_code == 200
    assert states(ada) == ["given"]


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["A" * 60, "short", "x" * 900, "%C3%A9"])
def test_an_unknown_link_gets_one_and_the_same_answer_either_way(strict, ada, token):
    """PP10"""
    answers = [getattr(strict, method)(f"/u/acme/{token}") for method in ("get", "post")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content == strict.get("/p/acme/c/nothing/").content


@pytest.mark.django_db
def test_the_answer_is_private_either_way(strict, ada):
    """PP9"""
    for method in ("get", "post"):
        answer = getattr(strict, method)(one_click(ada))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_do_nothing(strict, ada, method):
    assert getattr(strict, method)(one_click(ada)).status_code in (403, 405)
    assert states(ada) == ["given"]


def post_once(address: str) -> int:
    try:
        return Client().post(address, BODY).status_code
    finally:
        connections.close_all()


def test_twenty_at_once_are_one_event(committed):
    """DL2"""
    cast = make_cast()
    with tenancy.scope(cast.acme):
        ada, newsletter = rows.customer(), rows.purpose()
        rows.allow(ada, newsletter)
        address = one_click(ada)
    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(post_once, [address] * 20)) == [200] * 20
    with tenancy.scope(cast.acme):
        assert states(ada) == ["given", "withdrawn"]

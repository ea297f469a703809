"""The decisions of the gate as colleagues see them: who, why, by which consent; and how often not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.team import join
from consent import answers, gate
from consent.models import Decision, LedgerEvent, Reason
from consent.rights import erasing
from tests.conftest import make_user, signed_in
from tests.consent import rows
from tests.consent.form_rows import ENGLISH

pytestmark = pytest.mark.django_db
LIST = "/t/acme/decisions/"


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


@pytest.fixture
def decided(newsletter):
    """Ada allows it, Noor never said yes."""
    ada, noor = rows.customer(), rows.customer("noor@example.com", name="Noor")
    rows.allow(ada, newsletter)
    gate.decide([ada.pk, noor.pk], newsletter, "email", asked_by="campaign:12")
    return ada, noor


def text(client, query: str = "") -> str:
    return client.get(LIST + query, headers=ENGLISH).content.decode()


def test_each_line_says_who_why_and_by_which_consent(ana, decided):
    page = text(ana)
    for words in ("Ada", "Noor", "Allowed", "Never said yes", "The consent behind it", "campaign:12", "Newsletter"):
        assert words in page, words
    assert f"/t/acme/consent-log/events/{LedgerEvent.objects.get().public_id}/" in page
    assert decided[0].get_absolute_url() in page


def test_newest_stand_first_and_pages_go_on(ana, decided, newsletter):
    for number in range(30):
        gate.decide([each.pk for each in decided], newsletter, "email", asked_by=f"campaign:{number + 100}")
    first = ana.get(LIST)
    assert "campaign:129" in first.content.decode()
    assert "campaign:12<" not in first.content.decode()
    page = first.context["page"]
    assert "campaign:12<" in ana.get(LIST + page.next).content.decode()


@pytest.mark.parametrize(
    ("query", "seen", "hidden"),
    [
        ("?reason=0", "Ada", "Noor"),
        ("?reason=60", "Noor", "Ada"),
        ("?purpose=newsletter&channel=email", "Ada", "nothing"),
        ("?since=2020-01-01&until=2099-01-01", "Ada", "nothing"),
    ],
)
def test_the_filters_find(ana, decided, query, seen, hidden):
    page = text(ana, query)
    assert seen in page
    assert f">{hidden}<" not in page


@pytest.mark.parametrize("query", ["?channel=sms", "?until=2020-01-01", "?since=2099-01-01", "?reason=10"])
def test_a_filter_that_finds_nothing_says_so(ana, decided, query):
    assert "Nothing found" in text(ana, query)


@pytest.mark.parametrize("query", ["?reason=banana", "?purpose=never", "?channel=pigeon", "?since=soon", "?until=31-02-2026"])
def test_a_filter_that_makes_no_sense_is_told(ana, decided, query):
    assert ana.get(LIST + query).status_code == 422


def test_until_is_the_end_of_that_day_in_the_zone_of_the_tenant(ana, decided, in_acme):
    today = timezone.localtime(timezone=in_acme.zone).date()
    assert "Noor" in text(ana, f"?since={today}&until={today}")


def test_refusals_are_counted_by_reason(ana, decided, newsletter):
    rows.allow(decided[0], newsletter, state="withdrawn")
    for _ in range(2):
        gate.decide([decided[0].pk], newsletter, "email", asked_by="campaign:13")
    gate.decide([decided[1].pk], newsletter, "email", asked_by="old", at=timezone.now() - timedelta(days=31))
    counted = answers.refusals()
    assert (counted.by_reason, counted.allowed) == ([(Reason.WITHDRAWN, 2), (Reason.NO_BASIS, 1)], 1)
    page = text(ana)
    assert "Why not, in the last 30 days" in page
    assert "?reason=40" in page


def test_an_erased_customer_is_not_named_any_more(ana, decided):
    erasing.erase([decided[0].pk], actor=SYSTEM)
    page = text(ana)
    assert "Not known any more" in page
    assert "Ada" not in page


def test_who_sees_no_customers_sees_a_number(decided):
    olaf = make_user("Olaf", "olaf@acme.example")
    join(olaf, roles=["analyst"], actor=SYSTEM)
    page = text(signed_in(olaf))
    assert "Noor" not in page
    assert decided[0].public_id in page
    assert "The consent behind it" not in page


def test_the_list_takes_the_same_queries_for_two_lines_and_for_fifty(ana, decided, newsletter):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.get(LIST)
        return len(queries)

    asked()
    few = asked()
    more = [rows.customer(f"n{number}@example.com") for number in range(40)]
    rows.allow(more[0], newsletter)
    gate.decide([each.pk for each in more], newsletter, "email", asked_by="campaign:14")
    assert Decision.objects.count() == 42
    assert asked() == few


def test_nothing_yet(ana, in_acme):
    assert "Nothing was decided yet" in text(ana)


def test_a_viewer_looks_and_posts_nothing(ben, decided):
    assert [ben.get(LIST).status_code, ben.post(LIST).status_code] == [200, 405]


def test_a_stranger_finds_nothing(mallory, cast):
    assert mallory.get(LIST).status_code == 404

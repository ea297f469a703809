"""What we hold, what we asked ourselves and all that was chosen, on the customer's own pages (privacy.md TP8, PP4, MT1, BA1)."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.audit import Action, Actor
from accounts.models import LegalIdentity
from consent import choices, gate
from consent.models import Reason
from consent.portal import wording
from customers.models import Attribute, Event, EventType, Score, Segment, SegmentMember, SegmentVersion, SourceRecord
from tests.consent import portal_rows, rows
from tests.consent.portal_rows import proved

pytestmark = pytest.mark.django_db
FACTS = {"first_name": "Noor", "city": "Nijmegen", "favourite": "Jazz"}


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose(recipients=[{"name": "PostNL", "role": "delivery", "country": "NL"}])


@pytest.fixture
def ada(newsletter):
    ada = rows.customer(phone="+31612345678")
    now, shop = timezone.now(), rows.source()
    Attribute.objects.create(key="first_name", label="First name", type="text", purposes=["newsletter"], kept_days=365)
    Attribute.objects.create(key="city", label="City", type="text")
    Attribute.objects.create(key="favourite", label="Favourite genre", type="text")
    times = {key: now.isoformat() for key in FACTS}
    earlier = {"city": [["Arnhem", now.isoformat()]]}
    SourceRecord.objects.create(
        customer=ada, source=shop, values=FACTS, times=times, earlier=earlier, undeclared={"shoe": "41"}, said_at=now
    )
    return ada


def page(customer, path: str = "held/") -> str:
    browser = proved(customer)
    return browser.get("/p/acme/me/" + path, headers={"accept-language": "en-GB"}).content.decode()


def test_each_value_stands_there_with_source_date_purpose_receiver_and_end(ada):
    """TP8"""
    text = page(ada)
    for words in ("First name", "Noor", "From: Shop", "Used for: Newsletter", "Seen by: PostNL", "Goes on", "Nijmegen", "Jazz", "41"):
        assert words in text, words


def test_every_stored_value_of_the_customer_appears(ada):
    """TP8"""
    text = page(ada)
    for record in SourceRecord.objects.filter(customer=ada):
        lost = [value for sayings in record.earlier.values() for value, _at in sayings]
        for value in [*record.values.values(), *record.undeclared.values(), *lost]:
            assert str(value) in text


def test_values_that_lost_stand_there_too(ada):
    assert "Arnhem" in page(ada)


def test_what_serves_no_purpose_says_so(ada):
    assert "Used for nothing." in page(ada)


def test_what_a_customer_is_known_by_stands_there(ada):
    text = page(ada)
    assert "ada@example.com" in text
    assert "+31612345678" in text


def test_a_group_says_in_words_why(ada):
    """TP8"""
    group = Segment.objects.create(name="Jazz lovers", version=1, purpose="newsletter")
    SegmentVersion.objects.create(segment=group, number=1, rule={}, says={"en-gb": "ordered jazz twice", "nl": "bestelde twee keer jazz"})
    SegmentMember.objects.create(segment=group, customer=ada, since=timezone.now())
    text = page(ada)
    assert "Jazz lovers" in text
    assert "ordered jazz twice" in text


def test_a_score_stands_there_with_its_factors(ada):
    now = timezone.now()
    Score.objects.create(
        customer=ada,
        orders=3,
        spent=4500,
        currency="EUR",
        first_order_at=now,
        last_order_at=now,
        recency=5,
        frequency=4,
        money=3,
        lifecycle="active",
        computed_at=now,
    )
    text = page(ada)
    assert "3 orders for €45.00" in text
    assert "How often: fifth 4 of 5" in text


def test_what_a_customer_did_is_counted_and_each_time_can_be_seen(ada):
    ordered, now = EventType.objects.create(name="Order Completed", purposes=["newsletter"], kept_days=730), timezone.now()
    for number in range(25):
        Event.objects.create(
            customer=ada,
            origin_id=ada.pk,
            type=ordered,
            source=rows.source(),
            occurred_at=now,
            received_at=now,
            message_id=f"00000000-0000-0000-0000-{number:012}",
            properties={"order_id": f"A{number}"},
        )
    assert "25 times" in page(ada)
    first = page(ada, "did/")
    assert first.count('class="held"') == 20
    assert "?before=" in first


def test_who_looked_is_told_by_role_never_by_name(ada, cast):
    """BA1"""
    audit.record(Actor.user(cast.ana), Action.CUSTOMER_VIEWED, ada)
    text = page(ada)
    assert "Owner" in text
    assert "Ana" not in text


def test_each_answer_of_the_gate_is_told_in_words(ada, newsletter):
    """MT1: also what was not sent."""
    gate.decide([ada.pk], newsletter, "email", asked_by="campaign:1")
    rows.allow(ada, newsletter)
    gate.decide([ada.pk], newsletter, "email", asked_by="campaign:2")
    text = page(ada, "messages/")
    assert "You never said yes." in text
    assert "You allowed this." in text
    assert "campaign" not in text


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.name)
def test_there_are_words_for_every_answer(reason):
    assert len(wording.of_reason(reason)) > 10


def test_an_answer_leads_to_the_choice_that_gave_it(ada, newsletter):
    rows.allow(ada, newsletter)
    answer = gate.decide([ada.pk], newsletter, "email", asked_by="campaign:1")[ada.pk]
    assert f"#{answer.event_id}" in page(ada, "messages/")
    assert f'id="{answer.event_id}"' in page(ada, f"history/?before={answer.event_id}")


def test_the_history_says_what_when_and_how(ada, newsletter):
    """PP4: what the page shows is what the log says."""
    rows.allow(ada, newsletter)
    portal_rows.say(Client(), portal_rows.link(ada), "no")
    text = page(ada, "history/")
    assert text.index("Newsletter, E-mail: no more") < text.index("Newsletter, E-mail: yes")
    assert "With a form" in text
    assert "The text you saw" in text


def test_a_long_history_comes_in_pages(ada):
    for _ in range(30):
        Client().post(portal_rows.link(ada) + "pause/", {"often": "1 week", "until": ""})
        Client().post(portal_rows.link(ada) + "pause/", {"often": "", "until": ""})
    first = page(ada, "history/")
    assert first.count('class="held"') == 50
    assert "Older" in first


def test_the_pages_ask_as_often_for_much_as_for_little(ada, newsletter, django_assert_max_num_queries):
    for _ in range(5):
        gate.decide([ada.pk], newsletter, "email", asked_by="campaign:1")
    browser = proved(ada)
    for path, most in (("held/", 40), ("messages/", 25), ("history/", 25), ("did/", 20)):
        with django_assert_max_num_queries(most):
            browser.get("/p/acme/me/" + path)


@pytest.mark.parametrize("path", ["held/", "did/", "messages/", "history/"])
@pytest.mark.parametrize("mark", ["?before=nonsense", "?before=&after=x", "?before=1_2"])
def test_a_place_that_makes_no_sense_shows_the_newest(ada, path, mark):
    assert "Your data" in page(ada, path + mark) or "Page" in page(ada, path)


@pytest.mark.parametrize("path", ["held/", "did/", "messages/", "history/"])
def test_there_is_nothing_to_post(ada, path):
    assert proved(ada).post("/p/acme/me/" + path).status_code == 405


def test_nothing_of_another_customer_is_there(ada):
    rows.customer("bob@example.com", name="Bob")
    assert "bob@example.com" not in page(ada)


def test_a_choice_has_its_receipt_to_keep(ada, newsletter):
    """CR9"""
    LegalIdentity.objects.create(
        legal_name="Acme B.V.", street="Oude Gracht 1", postal_code="3511 AB", city="Utrecht", country="NL", privacy_email="p@acme.example"
    )
    portal_rows.say(Client(), portal_rows.link(ada), "no")
    (event,) = choices.history(ada.pk)
    browser = proved(ada)
    assert f"me/receipt/{event.event_id}/" in browser.get("/p/acme/me/history/").content.decode()
    answer = browser.get(f"/p/acme/me/receipt/{event.event_id}/")
    assert answer.status_code == 200
    assert answer.json()["dct:identifier"] == event.event_id
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_receipt_that_would_lack_something_is_refused_with_words(ada):
    """CR12"""
    portal_rows.say(Client(), portal_rows.link(ada), "no")
    (event,) = choices.history(ada.pk)
    assert proved(ada).get(f"/p/acme/me/receipt/{event.event_id}/").status_code == 409


def test_a_receipt_of_somebody_else_is_not_there(ada):
    bob = rows.customer("bob@example.com", name="Bob")
    portal_rows.say(Client(), portal_rows.link(bob), "no")
    (event,) = choices.history(bob.pk)
    assert proved(ada).get(f"/p/acme/me/receipt/{event.event_id}/").status_code == 404

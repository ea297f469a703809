"""Purposes on the page: started, written, published by a second colleague, put away; who may, and who may not."""

import threading
from datetime import date

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry
from consent.models import LedgerEvent, Purpose, PurposeVersion
from consent.register import publishing
from customers import catalogue
from customers.models import Attribute, EventType, Segment
from tests.conftest import make_cast, signed_in
from tests.consent.register_rows import draft, identity, next_draft, officer, publish
from tests.consent.rows import allow, customer

ENGLISH = {"accept-language": "en"}
LIST = "/t/acme/purposes/"
TEXT = {"title": "Gift cards", "text": "We send you gift cards.", "label": "Yes, please", "withdrawal": "One click."}
SAID = {
    "key": "gift_cards",
    "kind": "marketing",
    "channels": ["email"],
    "dpv_term": "DirectMarketing",
    "eprivacy_basis": "consent",
    "gdpr_basis": "consent",
    "data_categories": ["EmailAddress"],
    "sources": "The form\r\nThe shop",
    "recipients": "Mailhuis B.V.; sends our mail; NL\r\n\r\nPostNL",
    "transfers": "US; standard clauses",
    "kept_days": 365,
    "valid_days": 730,
    "security": "Locked.",
    "owner": "Ana",
    "review_on": "2090-01-01",
    **{f"text_{language}_{part}": words for language in ("nl", "en-gb") for part, words in TEXT.items()},
}


def page(purpose: Purpose, part: str = "") -> str:
    with tenancy.scope(purpose.tenant):
        return f"{LIST}{purpose.public_id}/{part}"


def actions(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action__startswith="purpose.").order_by("pk").values_list("action", flat=True))


@pytest.fixture
def newsletter(cast):
    """Complete, and not published."""
    with tenancy.scope(cast.acme):
        identity()
        return draft().purpose


@pytest.fixture
def in_force(cast, newsletter):
    with tenancy.scope(cast.acme):
        publish(PurposeVersion.objects.get(), cast.ana)
        return newsletter


def seal(purpose: Purpose) -> str:
    with tenancy.scope(purpose.tenant):
        return publishing.seal_of(PurposeVersion.objects.select_related("purpose").get(purpose=purpose, published_at=None))


def test_a_new_organisation_starts_with_the_eight_as_drafts(cast, ana):
    assert "Start with the eight usual purposes" in ana.get(LIST, headers=ENGLISH).content.decode()
    assert ana.post(f"{LIST}start/").status_code == 302
    with tenancy.scope(cast.acme):
        assert PurposeVersion.objects.filter(published_at=None).count() == 8
        assert not Purpose.objects.live().exists()
    listed = ana.get(LIST, headers=ENGLISH).content.decode()
    assert "Measuring whether you open a mail" in listed
    assert actions(cast.acme) == ["purpose.created"] * 8


def test_a_purpose_is_written_with_its_texts_and_lists(cast, ana):
    """LB1."""
    answer = ana.post(f"{LIST}new/", SAID)
    assert answer.status_code == 302
    with tenancy.scope(cast.acme):
        version = PurposeVersion.objects.get()
        assert version.texts == {"nl": TEXT, "en-gb": TEXT}
        assert version.sources == [{"name": "The form"}, {"name": "The shop"}]
        assert version.recipients[0] == {"name": "Mailhuis B.V.", "role": "sends our mail", "country": "NL"}
        assert version.recipients[1] == {"name": "PostNL", "role": "", "country": ""}
        assert version.transfers == [{"country": "US", "safeguard": "standard clauses"}]
        assert (version.created_by, version.published_at, version.review_on) == (cast.ana, None, date(2090, 1, 1))
    assert "Gift cards" in ana.get(answer.url).content.decode()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"key": "Gift cards"}, "small letters"),
        ({"key": "newsletter"}, "Another purpose"),
        ({"kind": "spam"}, "Select"),
        ({"recipients": "a; b; c; d"}, "semicolons"),
        ({"recipients": "; sends"}, "semicolons"),
        ({"kept_days": "0"}, "36,500"),
        ({"kept_days": "99999999999"}, ""),
        ({"valid_days": "-3"}, ""),
        ({"data_categories": ["Everything"]}, "Select"),
        ({"eprivacy_basis": ""}, "required"),
        ({"review_on": "soon"}, "date"),
        ({"owner": "two\nlines"}, ""),
        ({"text_nl_title": "x" * 1_001}, ""),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(cast, ana, newsletter, wrong, word):
    answer = ana.post(f"{LIST}new/", {**SAID, **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert Purpose.objects.count() == 1


def test_a_draft_may_be_saved_half_done(cast, ana):
    half = {name: SAID[name] for name in ("key", "kind", "eprivacy_basis", "gdpr_basis")}
    answer = ana.post(f"{LIST}new/", half)
    assert answer.status_code == 302
    shown = ana.get(answer.url, headers=ENGLISH).content.decode()
    assert "Say how the data are protected." in shown


def test_looking_at_the_form_begins_no_version(cast, ana, in_force):
    assert ana.get(page(in_force, "change/")).status_code == 200
    with tenancy.scope(cast.acme):
        assert PurposeVersion.objects.count() == 1


def test_a_change_begins_the_next_version_and_leaves_the_one_in_force(cast, ana, in_force):
    """CR2: what was said yes to stays what it was."""
    assert ana.post(page(in_force, "change/"), {**SAID, "key": "other", "kind": "service"}).status_code == 302
    with tenancy.scope(cast.acme):
        old, new = PurposeVersion.objects.order_by("number")
        assert (old.title in ("Newsletter", "Nieuwsbrief"), new.title, new.number, new.published_at) == (True, "Gift cards", 2, None)
        purpose = Purpose.objects.get()
        assert (purpose.key, purpose.kind, purpose.version) == ("newsletter", "marketing", old)
    shown = ana.get(page(in_force), headers=ENGLISH).content.decode()
    assert "Draft of version 2" in shown
    assert "<del>Title (English): Newsletter</del>" in shown


def test_a_second_change_goes_on_with_the_same_draft(cast, ana, in_force):
    for owner in ("Ana", "Olga", "Olga"):
        assert ana.post(page(in_force, "change/"), {**SAID, "owner": owner}).status_code == 302
    with tenancy.scope(cast.acme):
        assert PurposeVersion.objects.get(published_at=None).owner == "Olga"
    assert actions(cast.acme).count("purpose.changed") == 2  # the third changed nothing


def test_a_draft_is_published(cast, ana, newsletter):
    form = ana.get(page(newsletter, "publish/"), headers=ENGLISH)
    assert f'value="{seal(newsletter)}"' in form.content.decode()
    answer = ana.post(page(newsletter, "publish/"), {"seen": seal(newsletter)})
    assert answer.status_code == 302
    with tenancy.scope(cast.acme):
        assert Purpose.objects.get().version.number == 1
        assert LedgerEvent.objects.count() == 1
    assert actions(cast.acme) == ["purpose.published"]


def test_what_is_missing_stops_it_and_is_said(cast, ana):
    with tenancy.scope(cast.acme):
        purpose = draft(security="").purpose
    answer = ana.post(page(purpose, "publish/"), {"seen": seal(purpose)}, headers=ENGLISH)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "how the data are protected" in shown
    assert "who you are by law" in shown


def test_the_maker_is_refused_and_a_colleague_publishes(cast, ana, newsletter):
    """LB5."""
    with tenancy.scope(cast.acme):
        olga = officer()
    ana.post(page(newsletter, "change/"), {**SAID, "key": "newsletter"})
    seen = {"seen": seal(newsletter)}
    refused = ana.post(page(newsletter, "publish/"), seen, headers=ENGLISH)
    assert refused.status_code == 422
    assert "a colleague who manages consent publishes it" in refused.content.decode()
    assert signed_in(olga).post(page(newsletter, "publish/"), seen).status_code == 302


def test_asking_anew_is_chosen_when_it_is_published(cast, ana, in_force):
    """TP7: more than words, and customers who said yes are counted."""
    with tenancy.scope(cast.acme):
        allow(customer(), in_force_again(in_force))
        next_draft(in_force, data_categories=["EmailAddress", "Purchase"])
    shown = ana.get(page(in_force, "publish/"), headers=ENGLISH).content.decode()
    assert "More data are used." in shown
    assert "1 customer allows it now" in shown
    ana.post(page(in_force, "publish/"), {"seen": seal(in_force), "is_material": "on"})
    with tenancy.scope(cast.acme):
        assert Purpose.objects.get().version.is_material


def in_force_again(purpose: Purpose) -> Purpose:
    return Purpose.objects.select_related("version").get(pk=purpose.pk)


def test_nothing_to_publish_is_said(ana, in_force):
    assert "There is no draft to publish." in ana.get(page(in_force, "publish/"), headers=ENGLISH).content.decode()
    assert ana.post(page(in_force, "publish/"), {"seen": "0" * 64}).status_code == 422
    assert ana.post(page(in_force, "publish/"), {"seen": ""}).status_code == 422


def test_published_twice_at_once_is_published_once(committed):
    """LB5: one version, one event in the log."""
    cast = make_cast()
    with tenancy.scope(cast.acme):
        identity()
        version = draft()
        purpose, seen = version.purpose, publishing.seal_of(version)
    answers, ready = [], threading.Barrier(2)

    def press() -> None:
        browser = signed_in(cast.ana)
        ready.wait()
        answers.append(browser.post(page(purpose, "publish/"), {"seen": seen}).status_code)
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 422]
    with tenancy.scope(cast.acme):
        assert LedgerEvent.objects.count() == 1


def test_a_purpose_is_put_away_and_brought_back(cast, ana, in_force):
    assert ana.post(page(in_force, "archive/")).status_code == 302
    assert "No purposes yet" in ana.get(LIST, headers=ENGLISH).content.decode()
    assert "Nieuwsbrief" in ana.get(f"{LIST}?archived", headers={"accept-language": "nl"}).content.decode()
    ana.post(page(in_force, "archive/"))
    with tenancy.scope(cast.acme):
        assert Purpose.objects.live().exists()
    assert actions(cast.acme)[-2:] == ["purpose.archived"] * 2


def test_the_page_says_where_it_is_used(cast, ana, in_force):
    with tenancy.scope(cast.acme):
        catalogue.attributes()
        Attribute.objects.filter(key="city").update(purposes=["newsletter"])
        EventType.objects.filter(name="Order Completed").update(purposes=["newsletter", "other"])
        Segment.objects.create(name="Utrecht", purpose="newsletter")
    used = ana.get(page(in_force)).context["record"].uses
    assert ([one.key for one in used.attributes], [one.name for one in used.event_types]) == (["city"], ["Order Completed"])
    assert [one.name for one in used.segments] == ["Utrecht"]


def test_attributes_and_events_are_tied_to_purposes_on_their_pages(cast, ana, in_force):
    """PL4: what is not ticked is not there for it."""
    with tenancy.scope(cast.acme):
        city, order = catalogue.attributes()["city"], catalogue.event_types()["Order Completed"]
        about = {"label": city.label, "category": "ordinary", "meaning": ""}
    assert 'value="newsletter"' in ana.get(city_page(cast, city)).content.decode()
    assert ana.post(city_page(cast, city), {**about, "purposes": ["newsletter"]}).status_code == 302
    assert ana.post(city_page(cast, city), {**about, "purposes": ["nothing"]}).status_code == 422
    with tenancy.scope(cast.acme):
        change = f"/t/acme/events/{order.public_id}/change/"
    assert (
        ana.post(change, {"category": "ordinary", "meaning": "", "amount_key": order.amount_key, "purposes": ["newsletter"]}).status_code
        == 302
    )
    with tenancy.scope(cast.acme):
        assert Attribute.objects.get(key="city").purposes == ["newsletter"]
        assert EventType.objects.get(name="Order Completed").purposes == ["newsletter"]


def city_page(cast, city: Attribute) -> str:
    with tenancy.scope(cast.acme):
        return city.get_absolute_url()


def test_the_list_says_what_is_due(cast, ana, newsletter):
    """A draft of last year that nobody looked at again."""
    with tenancy.scope(cast.acme):
        version = PurposeVersion.objects.get()
        version.review_on, version.published_at, version.sha256 = date(2026, 1, 1), timezone.now(), "0" * 64
        version.save()
        Purpose.objects.update(version=version)
    shown = ana.get(LIST, headers=ENGLISH).content.decode()
    assert "was due for review on 1 January 2026" in shown
    assert "Review was due" in shown


def test_the_list_costs_the_same_however_many(cast, ana, in_force):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.get(LIST)
        return len(queries)

    before = cost()
    ana.post(f"{LIST}start/")
    ana.get(LIST)  # where the message is shown, and leaves the session
    assert cost() == before


def test_a_page_costs_the_same_however_long_its_history(cast, ana, in_force):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.get(page(in_force))
        return len(queries)

    def publish_next(days: int) -> None:
        with tenancy.scope(cast.acme):
            publish(next_draft(in_force, kept_days=days), cast.ana)

    publish_next(1)
    before = cost()
    for days in range(2, 8):
        publish_next(days)
    assert cost() == before


def test_a_viewer_looks_and_changes_nothing(ben, newsletter):
    assert ben.get(LIST).status_code == 200
    shown = ben.get(page(newsletter), headers=ENGLISH)
    assert shown.status_code == 200
    assert "Publish" not in shown.content.decode()
    assert [ben.get(page(newsletter, part)).status_code for part in ("change/", "publish/")] == [403, 403]
    assert [ben.post(page(newsletter, part)).status_code for part in ("change/", "publish/", "archive/")] == [403, 403, 403]
    assert [ben.get(f"{LIST}new/").status_code, ben.post(f"{LIST}start/").status_code] == [403, 403]


def test_a_stranger_finds_nothing(mallory, newsletter):
    assert [mallory.get(page(newsletter, part)).status_code for part in ("", "change/", "publish/")] == [404] * 3
    assert mallory.get(LIST).status_code == 404


def test_only_a_button_changes_something(ana, newsletter):
    assert ana.get(f"{LIST}start/").status_code == 405
    assert ana.get(page(newsletter, "archive/")).status_code == 405
    assert ana.put(page(newsletter, "publish/")).status_code == 405
    assert ana.post(page(newsletter)).status_code == 405

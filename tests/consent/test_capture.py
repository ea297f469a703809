"""Forms as somebody fills them in: what is asked, confirming by mail, and the same answer for everybody (privacy.md CC1-CC4, DS9, DL10)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.models import LegalIdentity
from consent import choices, clock, gate, offering, suppressions
from consent.models import ConsentState, LedgerEvent, PendingConsent, Purpose, Reason
from consent.rights import erasing
from customers.models import Customer, Identifier, SourceRecord
from tests.accounts import post
from tests.consent import form_rows, rows
from tests.consent.form_rows import EMAIL, ENGLISH, fill_in, link_of_last, page

pytestmark = pytest.mark.django_db
SHOP = "https://www.shop.example"


@pytest.fixture
def client() -> Client:
    """A browser without cookies, Django's check of forms switched on: nothing of ours is known to it."""
    return Client(enforce_csrf_checks=True, headers=ENGLISH)


@pytest.fixture
def foreign(cast, client) -> tuple[str, str]:
    """Of another tenant: the page of a form, and the link that its mail brought."""
    with tenancy.scope(cast.globex):
        rows.purpose(needs_confirmation=True)
        theirs = form_rows.opened(cast.mallory)
        fill_in(client, theirs)
        return page(theirs), link_of_last()


@pytest.fixture
def newsletter(in_acme) -> Purpose:
    return rows.purpose(needs_confirmation=True)


@pytest.fixture
def form(cast, newsletter):
    return form_rows.opened(cast.ana)


def reason(email: str = EMAIL) -> Reason:
    who = Customer.objects.get(email=email)
    return gate.ask([who.pk], Purpose.objects.get(key="newsletter"), "email")[who.pk].reason


def states() -> list[str]:
    return list(ConsentState.objects.order_by("pk").values_list("state", flat=True))


# --- the page


def test_the_page_has_everything_at_the_box_and_no_box_is_ticked_or_required(client, form):
    """CC1, CC2"""
    text = client.get(page(form)).content.decode()
    for words in ("Stay in touch", "Once a month.", "Yes, mail me", "News about records.", "Stop with one click.", "E-mail", "Acme B.V."):
        assert words in text, words
    assert 'href="/p/acme/"' in text  # the notice
    assert " checked" not in text
    assert "required" not in text.partition("<fieldset")[2].partition("</fieldset>")[0]


def test_it_speaks_the_languages_of_the_tenant(client, form):
    """TP6"""
    assert "Ja, mail mij" in client.get(page(form) + "?language=nl").content.decode()


def test_it_keeps_the_rules_of_pages_of_customers(client, form):
    """PP9; it may know itself, so that a browser says that the post is ours."""
    answer = client.get(page(form))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.cookies == {}


def test_looking_writes_nothing(client, form):
    for _ in range(3):
        assert client.get(page(form)).status_code == client.head(page(form)).status_code == 200
    assert not PendingConsent.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_do_nothing(client, form, method):
    assert getattr(client, method)(page(form)).status_code in (403, 405)


def test_a_form_of_another_tenant_is_not_there(client, foreign, form):
    assert client.get(foreign[0].replace("globex", "acme")).status_code == 404


def test_a_closed_form_says_so_and_takes_nothing_in(client, form):
    sealed = form_rows.seen(client, form)
    offering.close(form, is_closed=True, actor=form_rows.SYSTEM)
    assert client.get(page(form)).status_code == 410
    answer = client.post(page(form), {"email": EMAIL, "choice": "newsletter.email", "seen": sealed})
    assert answer.status_code == 410
    assert "This form is closed" in answer.content.decode()
    assert not Customer.objects.exists()


# --- filling in


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"email": "noor@@new.example"}, "Is the @ missing?"),
        ({"email": ""}, "required"),
        ({"choice": ()}, "You ticked nothing"),
        ({"choice": ("other.email",)}, "Select a valid choice"),
        ({"about_birthday": "31-02-1984"}, "This date does not exist"),
        ({"about_phone": "12"}, "phone number"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(client, cast, newsletter, said, word):
    asking = form_rows.opened(cast.ana, attributes=["birthday", "phone", "city"])
    answer = fill_in(client, asking, **{"about_city": "Utrecht", **said})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert word in text
    assert "Utrecht" in text
    assert not Customer.objects.exists()


def test_a_program_that_fills_in_every_field_gets_the_same_answer_and_nothing_is_kept(client, form):
    answer = fill_in(client, form, subject="Buy now")
    assert answer.status_code == 302
    assert answer.url == fill_in(client, form).url
    assert PendingConsent.objects.count() == 1


def test_only_what_was_read_is_said_yes_to(client, form, newsletter):
    """CR2: the text changed while the page was open, or stands on a site in older words."""
    old = form_rows.seen(client, form)
    rows.next_version(newsletter, needs_confirmation=True, texts={key: {**text, "text": "News!"} for key, text in rows.TEXTS.items()})
    answer = client.post(page(form), {"email": EMAIL, "choice": "newsletter.email", "seen": old})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "The text you saw was another one" in text
    assert "News!" in text
    assert EMAIL in text
    assert " checked" not in text
    assert not PendingConsent.objects.exists()


# --- from another site


def test_a_plain_form_on_another_site_works_without_cookie_or_key(client, form):
    answer = fill_in(client, form, headers={"origin": SHOP, "referer": f"{SHOP}/blog?email=a@b.nl"})
    assert answer.status_code == 302
    client.post(link_of_last())
    assert [each.fields["page_url"] for each in choices.history(Customer.objects.get().pk)][-1] == f"{SHOP}/blog"


@pytest.mark.parametrize(
    ("origin", "status"),
    [(SHOP, 302), ("http://testserver", 302), ("https://evil.example", 403), ("null", 403), ("", 403), (f"{SHOP}.evil.example", 403)],
)
def test_where_sites_are_named_others_cannot_post(client, cast, newsletter, origin, status):
    named = form_rows.opened(cast.ana, sites=[SHOP])
    assert fill_in(client, named, headers={"origin": origin}).status_code == status
    assert PendingConsent.objects.count() == (status == 302)


# --- confirming


def test_until_it_is_confirmed_nothing_may_be_sent(client, form):
    """CC3"""
    assert fill_in(client, form).status_code == 302
    assert states() == ["requested"]
    assert reason() == Reason.UNCONFIRMED


def test_opening_the_link_does_not_confirm_and_the_button_does_once(client, form):
    """CC3"""
    fill_in(client, form)
    link, before = link_of_last(), LedgerEvent.objects.count()
    for _ in range(10):
        assert "Yes, that was me" in client.get(link).content.decode()
        assert client.head(link).status_code == 200
    assert (LedgerEvent.objects.count(), reason()) == (before, Reason.UNCONFIRMED)
    assert "Thank you!" in client.post(link).content.decode()
    assert reason() == Reason.ALLOWED
    after = LedgerEvent.objects.count()
    assert client.post(link).status_code == client.get(link).status_code == 200
    assert "Confirmed" in client.get(link).content.decode()
    assert LedgerEvent.objects.count() == after


def test_a_withdrawal_after_confirming_is_not_undone_by_the_same_link(client, form, newsletter):
    """CC7"""
    fill_in(client, form)
    link = link_of_last()
    client.post(link)
    rows.allow(Customer.objects.get(), newsletter, state="withdrawn")
    client.post(link)
    assert reason() == Reason.WITHDRAWN


def test_after_a_week_the_link_says_so_with_the_way_back(client, form):
    """CC3"""
    fill_in(client, form)
    link = link_of_last()
    PendingConsent.objects.update(expires_at=timezone.now())
    for method in ("get", "post"):
        answer = getattr(client, method)(link)
        assert answer.status_code == 404
        assert "This link does not work any more" in answer.content.decode()
        assert page(form) in answer.content.decode()
    assert states() == ["requested"]
    assert answer.content == client.get("/p/acme/confirm/nothing/").content  # and so for one that never was (PP10)


def test_a_link_of_another_tenant_confirms_nothing(client, foreign, form):
    assert client.post(foreign[1].replace("globex", "acme")).status_code == 404
    assert not Customer.objects.exists()


def test_what_was_never_confirmed_is_forgotten_with_a_customer_nobody_else_told_of(client, form):
    """CC3"""
    ada = rows.customer()
    fill_in(client, form, email=ada.email)
    fill_in(client, form)
    PendingConsent.objects.update(expires_at=timezone.now())
    assert clock.forget_pending() == 2
    assert list(Customer.objects.values_list("email", flat=True)) == [ada.email]
    assert not Identifier.objects.filter(value=EMAIL).exists()


def test_who_filled_in_two_forms_and_confirmed_neither_is_forgotten_with_the_last(client, cast, form):
    """CC3"""
    second = form_rows.opened(cast.ana, name="In the shop")
    for each in (form, second):
        fill_in(client, each)
    PendingConsent.objects.filter(form_version__form=form).update(expires_at=timezone.now())
    clock.forget_pending()
    assert Customer.objects.count() == 1
    PendingConsent.objects.update(expires_at=timezone.now())
    clock.forget_pending()
    assert not Customer.objects.exists()


def test_a_confirmed_customer_stays_when_the_week_is_over(client, form):
    fill_in(client, form)
    client.post(link_of_last())
    PendingConsent.objects.update(expires_at=timezone.now())
    clock.forget_pending()
    assert reason() == Reason.ALLOWED


def test_the_log_keeps_both_steps(client, form):
    """CC4: the time of each with seconds, the place, the version of the form, and which mail was confirmed."""
    fill_in(client, form, headers={"referer": f"http://testserver{page(form)}"})
    sent = post.last()
    client.post(link_of_last(), headers={"user-agent": "Thunderbird"}, REMOTE_ADDR="192.0.2.77")
    yes, ask = (each.fields for each in choices.history(Customer.objects.get().pk))
    assert (ask["state"], yes["state"]) == ("requested", "given")
    assert (ask["ip"], yes["ip"]) == ("127.0.0.1", "192.0.2.77")
    assert (ask["user_agent"], yes["user_agent"]) == ("Firefox", "Thunderbird")
    assert ask["form_version"] == yes["form_version"] == f"{form.public_id}/1"
    assert ask["confirm_message_id"] == yes["confirm_message_id"] == sent["Message-ID"]
    assert (yes["control"], yes["control_default"], yes["label"]) == ("checkbox", "unticked", "Yes, mail me")
    asked, said = datetime.fromisoformat(yes["requested_at"]), datetime.fromisoformat(yes["occurred_at"])
    assert asked.utcoffset() == timedelta(0)
    assert asked < said
    assert "." in yes["requested_at"]  # finer than seconds
    assert choices.notice("newsletter", yes["notice_sha256"]).text.startswith("Acme B.V.")


def test_the_mail_asks_and_nothing_else(client, form):
    """DL10, CC3: nothing to unsubscribe from, no promotion, nothing that tracks."""
    fill_in(client, form)
    mail = post.last()
    assert not [name for name in mail if name.lower().startswith(("list-", "feedback-"))]
    html = mail.get_body(["html"]).get_content()
    assert "Newsletter" in html
    assert "<img" not in html
    assert html.count("href=") == 1
    assert link_of_last() in html


def test_three_mails_a_day_to_one_address_and_no_more(client, form):
    answers = [fill_in(client, form).url for _ in range(5)]
    assert len(set(answers)) == 1
    assert len(post.arrived()) == 3


# --- who it is


def test_the_answer_is_the_same_for_who_is_known_new_blocked_or_erased(client, form):
    """PP10"""
    rows.customer("known@shop.example")
    suppressions.add("bounced@shop.example", "bounce")
    suppressions.add("angry@shop.example", "complaint")
    erasing.erase([rows.customer("gone@shop.example").pk], actor=form_rows.SYSTEM)
    emails = ("new@shop.example", "known@shop.example", "bounced@shop.example", "angry@shop.example", "gone@shop.example")
    answers = [fill_in(client, form, email=email) for email in emails]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, f"{page(form)}?done=1&language=en-gb")}
    assert {mail["To"] for mail in post.arrived()} == {"new@shop.example", "known@shop.example", "gone@shop.example"}
    assert "We have sent you a mail" in client.get(answers[0].url).content.decode()


def test_a_form_brings_nobody_back_and_confirming_does(client, form):
    """DS9"""
    erasing.erase([rows.customer(EMAIL).pk], actor=form_rows.SYSTEM)
    fill_in(client, form)
    assert not Customer.objects.exists()
    client.post(link_of_last())
    assert reason() == Reason.ALLOWED
    assert "erased" not in {row.kind for row in suppressions.find(EMAIL)}


def test_where_no_mail_is_asked_for_an_erased_address_still_confirms(client, cast, in_acme):
    """DS9"""
    rows.purpose(needs_confirmation=False)
    plain = form_rows.opened(cast.ana)
    erasing.erase([rows.customer(EMAIL).pk], actor=form_rows.SYSTEM)
    fill_in(client, plain)
    assert not Customer.objects.exists()
    client.post(link_of_last())
    assert reason() == Reason.ALLOWED


def test_what_a_stranger_types_is_believed_only_once_it_is_confirmed(client, cast, newsletter):
    asking = form_rows.opened(cast.ana, attributes=["city"])
    ada = rows.customer(EMAIL)
    fill_in(client, asking, about_city="Nowhere")
    assert not SourceRecord.objects.filter(customer=ada).exists()
    client.post(link_of_last())
    assert Customer.objects.get().attributes["city"] == "Nowhere"


def test_an_attribute_that_changed_its_kind_meanwhile_stops_nothing(client, cast, newsletter):
    asking = form_rows.opened(cast.ana, attributes=["city"])
    fill_in(client, asking, about_city="Utrecht")
    offering.askable()["city"].__class__.objects.filter(key="city").update(type="whole")
    client.post(link_of_last())
    assert reason() == Reason.ALLOWED


def test_two_boxes_are_two_choices(client, cast, newsletter):
    """CR4: what is not ticked is no answer."""
    rows.purpose("offers", channels=("email", "post"), needs_confirmation=True)
    both = form_rows.opened(cast.ana, ("newsletter", "email"), ("offers", "email"), ("offers", "post"))
    fill_in(client, both, choice=("newsletter.email", "offers.post"))
    client.post(link_of_last())
    given = ConsentState.objects.filter(state="given").values_list("purpose__key", "channel")
    assert set(given) == {("newsletter", "email"), ("offers", "post")}
    assert ConsentState.objects.count() == 2


def test_who_has_withdrawn_comes_back_by_a_confirmed_form_only(client, form, newsletter):
    """CC7"""
    ada = rows.customer(EMAIL)
    rows.allow(ada, newsletter, confirm_message_id="<1@portret>")
    rows.allow(ada, newsletter, state="withdrawn")
    fill_in(client, form)
    assert reason() != Reason.ALLOWED
    client.post(link_of_last())
    assert reason() == Reason.ALLOWED


def test_the_notice_names_the_organisation_by_law(client, form):
    """CC2"""
    LegalIdentity.objects.update(legal_name="Acme Holding N.V.")
    assert "Acme Holding N.V." in client.get(page(form)).content.decode()


def test_a_purpose_that_is_put_away_leaves_the_page(client, form, newsletter):
    newsletter.archived_at = timezone.now()
    newsletter.save()
    assert client.get(page(form)).status_code == 410

"""The page of choices, by the link of a message: one click each, at once, without login, without data (privacy.md PP1-PP9, CC5-CC7)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.models import Brand, LegalIdentity
from consent import choices, gate
from consent.models import ConsentState, Hold, Purpose, PurposeVersion, Reason, State
from consent.portal import tokens
from tests.consent import portal_rows, rows
from tests.consent.portal_rows import link, logged, say, states

pytestmark = pytest.mark.django_db
FULL = {"email": "ada.lovelace@example.com", "name": "Ada Lovelace", "phone": "+31612345678", "city": "Nijmegen"}


@pytest.fixture
def client() -> Client:
    """A browser in English, without cookies and without anybody signed in."""
    return Client(headers={"accept-language": "en-GB"})


@pytest.fixture
def foreign(cast) -> str:
    """A good token of another tenant."""
    with tenancy.scope(cast.globex):
        return tokens.act(1)


@pytest.fixture
def newsletter(foreign, in_acme):
    return rows.purpose()


@pytest.fixture
def ada(newsletter):
    ada = rows.customer(**FULL)
    rows.allow(ada, newsletter)
    return ada


def reason(customer, purpose, channel="email") -> Reason:
    return gate.ask([customer.pk], purpose, channel)[customer.pk].reason


# --- the page


def test_the_link_shows_each_choice_with_its_text_and_since_when(client, ada):
    """PP1, PP4"""
    page = client.get(link(ada))
    assert page.status_code == 200
    for words in ("Newsletter", "News about records.", "E-mail", "Yes since", "with a form", "Stop everything"):
        assert words in page.content.decode(), words
    assert 'aria-pressed="true"' in page.content.decode()


def test_nothing_of_the_customer_can_be_read_in_what_the_link_opens(client, ada):
    """PP3"""
    for path in ("", "code/", "code/?wants=held&sent=1", "?saved=newsletter.email"):
        text = client.get(link(ada) + path).content.decode()
        for secret in ("lovelace", "Ada", "example.com", "31612345678", "12345678", "Nijmegen"):
            assert secret.lower() not in text.lower(), (path, secret)
    assert "a•••@e•••.com" in client.get(link(ada)).content.decode()


@pytest.mark.parametrize("path", ["", "code/", "../../ask/", "../../look.css", "../../me/"])
def test_no_page_is_kept_told_on_framed_or_found(client, ada, path):
    """PP9"""
    answer = client.get(link(ada) + path if not path.startswith("..") else "/p/acme/" + path[6:])
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store" or path.endswith(".css")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_a_page_takes_nothing_from_elsewhere_and_needs_no_script(client, ada):
    """PP8, PP9"""
    text = client.get(link(ada)).content.decode()
    assert "<script" not in text
    assert "//" not in text.replace("http://www.w3.org", "").replace("<!doctype", "")


def test_looking_leaves_no_cookie(client, ada):
    assert client.get(link(ada)).cookies == {}


def test_head_is_answered_too(client, ada):
    assert client.head(link(ada)).status_code == 200


def test_drafts_and_what_was_put_away_are_not_shown(client, ada):
    Purpose.objects.create(key="draft", kind=Purpose.Kind.MARKETING)
    rows.purpose("gone", texts={"en-gb": {"title": "Old things", "text": "", "label": "", "withdrawal": ""}})
    Purpose.objects.filter(key="gone").update(archived_at=timezone.now())
    text = client.get(link(ada)).content.decode()
    assert "draft" not in text
    assert "Old things" not in text


def test_service_messages_are_told_not_switched(client, ada):
    texts = {"en-gb": {"title": "About your order", "text": "Where it is.", "label": "", "withdrawal": ""}}
    rows.purpose("orders", kind="service", texts=texts, gdpr_basis=PurposeVersion.Gdpr.CONTRACT, eprivacy_basis="not_needed")
    text = client.get(link(ada)).content.decode()
    assert "About your order" in text
    assert 'value="orders"' not in text
    assert say(client, link(ada), "no", "orders").status_code == 422


def test_an_address_that_a_channel_lacks_is_no_yes(client, ada):
    rows.purpose("texts", channels=("post",))
    assert "Not asked yet, so no" in client.get(link(ada)).content.decode()


def test_the_brand_and_the_identity_of_the_tenant_stand_around_it(client, ada):
    Brand.objects.create(colour="#1f5a8a", colour_dark="#93c4ee")
    LegalIdentity.objects.create(
        legal_name="Acme B.V.", street="Oude Gracht 1", postal_code="3511 AB", city="Utrecht", country="NL", privacy_email="p@acme.example"
    )
    text = client.get(link(ada)).content.decode()
    assert "Acme B.V., Oude Gracht 1" in text
    assert "mailto:p@acme.example" in text
    assert "#1f5a8a" in client.get("/p/acme/look.css").content.decode()


@pytest.mark.parametrize(
    ("asked", "cookie", "known", "browser", "shown"),
    [
        ("", "", "", "", "nl"),  # the tenant's first
        ("", "", "", "en-US,en;q=0.9", "en-gb"),
        ("", "", "nl", "en-US", "nl"),
        ("", "en-gb", "nl", "", "en-gb"),
        ("nl", "en-gb", "en", "en-US", "nl"),
        ("fr", "xx", "", "", "nl"),
    ],
)
def test_the_language_is_what_was_chosen_or_known_or_the_tenants(ada, asked, cookie, known, browser, shown):
    ada.attributes["language"] = known
    ada.save()
    client = Client()
    client.cookies["portret_portal_language"] = cookie
    headers = {"accept-language": browser} if browser else {}
    answer = client.get(link(ada), {"language": asked} if asked else {}, headers=headers)
    assert answer.headers["Content-Language"] == shown


# --- choosing


def test_a_no_takes_one_click_and_works_at_once(client, ada, newsletter):
    """CC5, CC6"""
    assert reason(ada, newsletter) == Reason.ALLOWED
    answer = say(client, link(ada), "no")
    assert answer.status_code == 302
    assert answer.url == link(ada) + "?saved=newsletter.email#newsletter.email"
    assert reason(ada, newsletter) == Reason.WITHDRAWN
    assert "Saved." in client.get(answer.url).content.decode()


def test_a_choice_leaves_its_proof_without_the_secret_of_the_link(client, ada):
    """CR2, CR3, CR5"""
    client.post(
        link(ada) + "choose/",
        {"purpose": "newsletter", "channel": "email", "choice": "no"},
        headers={"user-agent": "Firefox"},
        REMOTE_ADDR="192.0.2.7",
    )
    fields = logged(ada)[-1]
    assert fields["state"] == "withdrawn"
    assert (fields["method"], fields["indicated_by"], fields["control"]) == ("portal", "customer", "button")
    assert (fields["ip"], fields["user_agent"]) == ("192.0.2.7", "Firefox")
    assert fields["label"] == "Newsletter: No"
    assert len(fields["notice_sha256"]) == 64
    assert fields["page_url"].endswith("/p/acme/me/")


def test_saying_no_again_changes_nothing(client, ada):
    for _ in range(3):
        say(client, link(ada), "no")
    assert states(ada) == ["given", "withdrawn"]


def test_a_first_no_is_a_refusal_and_a_no_to_what_nobody_asked_objects(client, ada, in_acme):
    rows.purpose("offers")
    rows.purpose("research", kind="research", eprivacy_basis="not_needed", gdpr_basis="legitimate_interest", channels=("all",))
    say(client, link(ada), "no", "offers")
    say(client, link(ada), "no", "research", "all")
    assert states(ada)[1:] == ["refused", "objected"]


def test_a_yes_by_link_asks_for_the_code_first(client, ada, newsletter):
    """CC3, CC7: the link may have been forwarded."""
    say(client, link(ada), "no")
    answer = say(client, link(ada), "yes")
    assert answer.url == link(ada) + "code/?sent=1&wants=newsletter.email"
    assert states(ada) == ["given", "withdrawn"]
    page = client.get(answer.url).content.decode()
    assert "You said yes to" in page or "ja" in page.lower()


def test_the_code_turns_the_waiting_yes_on(client, ada, newsletter):
    say(client, link(ada), "no")
    say(client, link(ada), "yes")
    typed = portal_rows.code_of(client, ada)
    answer = client.post(link(ada) + "code/", {"code": typed, "wants": "newsletter.email"})
    assert answer.url == "/p/acme/me/?saved=newsletter.email#newsletter.email"
    assert reason(ada, newsletter) == Reason.ALLOWED
    assert states(ada) == ["given", "withdrawn", "given"]


def test_a_yes_that_stands_needs_no_code(client, ada):
    assert say(client, link(ada), "yes").url.startswith(link(ada) + "?saved=")
    assert states(ada) == ["given"]


def test_stopping_takes_no_more_steps_than_starting(client, ada):
    """CC5: one button against a button and a code."""
    assert say(client, link(ada), "no").url.startswith(link(ada))
    assert "code/" in say(client, link(ada), "yes").url


def test_stop_everything_ends_all_but_service_on_every_channel(client, ada, newsletter):
    """DS12"""
    offers = rows.purpose("offers", channels=("email", "sms"))
    rows.allow(ada, offers)
    rows.allow(ada, offers, "sms")
    orders = rows.purpose("orders", kind="service", gdpr_basis="contract", eprivacy_basis="not_needed")
    answer = client.post(link(ada) + "stop/")
    assert answer.url == link(ada) + "?saved=everything#everything"
    assert {reason(ada, offers), reason(ada, offers, "sms"), reason(ada, newsletter)} == {Reason.OBJECTED}
    assert reason(ada, orders) == Reason.ALLOWED
    before = len(logged(ada))
    client.post(link(ada) + "stop/")
    assert len(logged(ada)) == before


def test_one_yes_after_stopping_everything_is_one_yes(ada, newsletter, in_acme):
    browser = portal_rows.proved(ada)
    browser.post("/p/acme/me/stop/", {"form_key": portal_rows.form_key(browser)})
    later = rows.purpose("research", kind="research", eprivacy_basis="not_needed", gdpr_basis="legitimate_interest", channels=("all",))
    say(browser, "/p/acme/me/", "yes", form_key=portal_rows.form_key(browser))
    assert reason(ada, newsletter) == Reason.ALLOWED
    assert reason(ada, later, "all") == Reason.OBJECTED


def test_stopping_the_measuring_keeps_the_newsletter(client, ada, newsletter):
    """MT4"""
    clicks = rows.purpose("tracking_click", kind="tracking")
    rows.allow(ada, clicks)
    say(client, link(ada), "no", "tracking_click")
    assert reason(ada, clicks) == Reason.WITHDRAWN
    assert reason(ada, newsletter) == Reason.ALLOWED


def test_a_break_lasts_until_its_day_and_can_be_ended(client, ada, newsletter):
    """PP6"""
    until = timezone.localdate() + timedelta(days=10)
    answer = client.post(link(ada) + "pause/", {"until": until.isoformat(), "often": ""})
    assert answer.url == link(ada) + "?saved=break#break"
    assert reason(ada, newsletter) == Reason.PAUSED
    assert f'value="{until.isoformat()}"' in client.get(link(ada)).content.decode()
    client.post(link(ada) + "pause/", {"until": "", "often": ""})
    assert reason(ada, newsletter) == Reason.ALLOWED
    assert states(ada) == ["given", "hold", "release"]


def test_how_often_is_kept_once_and_can_be_lifted(client, ada):
    """PP6"""
    for often in ("1 week", "1 week", "2 month", ""):
        client.post(link(ada) + "pause/", {"often": often, "until": ""})
    assert [(fields["most"], fields["per"]) for fields in logged(ada)[1:3]] == [("1", "week"), ("2", "month")]
    assert choices.frequency(ada.pk) is None


@pytest.mark.parametrize("until", ["yesterday", "1999-01-01", "2999-01-01"])
def test_a_day_that_cannot_be_is_told_at_its_field(client, ada, until):
    answer = client.post(link(ada) + "pause/", {"until": until, "often": "1 week"})
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode()
    assert states(ada) == ["given"]


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"purpose": "nothing", "channel": "email", "choice": "no"},
        {"purpose": "newsletter", "channel": "sms", "choice": "no"},
        {"purpose": "newsletter", "channel": "email", "choice": "maybe"},
    ],
)
def test_bad_input_says_so_and_changes_nothing(client, ada, posted):
    answer = client.post(link(ada) + "choose/", posted)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert states(ada) == ["given"]


@pytest.mark.parametrize("path", ["choose/", "stop/", "pause/"])
def test_looking_never_chooses(client, ada, path):
    """DL3"""
    assert client.get(link(ada) + path).status_code == 405
    assert states(ada) == ["given"]


def test_a_yes_that_may_not_be_is_told_kindly(ada, newsletter):
    """CC12"""
    ada.attributes["birthday"] = timezone.localdate().replace(year=timezone.localdate().year - 12, day=1).isoformat()
    ada.save()
    browser = portal_rows.proved(ada)
    say(browser, "/p/acme/me/", "no", form_key=portal_rows.form_key(browser))
    answer = say(browser, "/p/acme/me/", "yes", form_key=portal_rows.form_key(browser))
    assert "refused=newsletter.email&because=under_age" in answer.url
    page = browser.get(answer.url).content.decode()
    assert 'role="alert"' in page


def test_the_text_that_was_agreed_to_stays_as_it_was(client, ada, newsletter):
    """CR2"""
    say(client, link(ada), "no")
    was = client.get(link(ada)).content.decode()
    notice = was.partition("/p/acme/text/")[2].partition('"')[0]
    other = {"title": "Newsletter", "text": "Something else altogether.", "label": "", "withdrawal": ""}
    rows.next_version(newsletter, texts={"en-gb": other})
    text = client.get(f"/p/acme/text/{notice}").content.decode()
    assert "Nieuws over platen." in text or "News about records." in text
    assert "Something else" not in text


# --- whose it is


def test_after_a_merge_an_old_link_opens_the_one_that_stands_for_both(client, ada, newsletter):
    other = rows.customer("ada@old.example", name="Ada L")
    old = link(other)
    other.merged_into, other.root_id = ada, ada.pk
    other.save()
    say(client, old, "no")
    assert reason(ada, newsletter) == Reason.WITHDRAWN


def test_a_page_asks_the_database_as_often_for_many_choices_of_the_past_as_for_one(client, ada, django_assert_max_num_queries):
    for _ in range(6):
        client.post(link(ada) + "pause/", {"often": "1 week", "until": ""})
        client.post(link(ada) + "pause/", {"often": "", "until": ""})
    with django_assert_max_num_queries(60):
        client.get(link(ada))


BAD = ["forged", "cut", "expired", "foreign", "erased", "empty", "long", "letters"]


def bad_token(kind: str, foreign: str, ada) -> str:
    good = tokens.act(ada.pk, purpose_key="newsletter", channel="email")
    return {
        "foreign": foreign,
        "forged": "A" * len(good),
        "cut": good[:-3],
        "expired": tokens.act(ada.pk, issued_at=timezone.now() - timedelta(days=6 * 365)),
        "erased": tokens.act(2**40),
        "empty": "-",
        "long": "x" * 900,
        "letters": "%E2%82%AC%00é",
    }[kind]


@pytest.mark.parametrize("kind", BAD)
def test_every_bad_link_gets_the_same_answer_for_the_same_work(client, ada, foreign, kind, django_assert_num_queries):
    """PP10"""
    expected = client.get("/p/acme/c/" + "B" * 60 + "/")
    assert expected.status_code == 404
    token = bad_token(kind, foreign, ada)
    with django_assert_num_queries(QUERIES_OF_A_BAD_LINK):
        answer = client.get(f"/p/acme/c/{token}/")
    assert (answer.status_code, answer.content) == (404, expected.content)
    for path in ("choose/", "stop/", "pause/", "code/"):
        assert client.post(f"/p/acme/c/{token}/{path}").status_code == 404
    assert states(ada) == ["given"]


QUERIES_OF_A_BAD_LINK = 8


def test_no_tenant_no_page(client, ada):
    assert client.get(link(ada).replace("acme", "nobody")).status_code == 404
    assert client.get("/p/nobody/ask/").status_code == 404


def test_a_colleague_sees_no_more_than_anybody(ana, ada):
    assert "lovelace" not in ana.get(link(ada)).content.decode()
    assert ana.get("/p/acme/me/held/").status_code == 302


def test_a_restriction_is_told(client, ada):
    Hold.objects.create(customer=ada, kind=Hold.Kind.RESTRICTED, since=timezone.now(), event_id="00000000-0000-0000-0000-000000000000")
    assert client.get(link(ada)).status_code == 200


def test_states_of_all_kinds_are_said_in_words(client, ada, newsletter):
    """CC13"""
    for state in State:
        ConsentState.objects.filter(customer=ada).update(state=state)
        assert client.get(link(ada)).status_code == 200, state

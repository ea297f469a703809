"""The code between the grades, the link that is mailed, and the half hour it opens (privacy.md PP2, PP3, PP10)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import OutgoingMail
from consent import suppressions
from consent.models import Suppression, ViewCode
from consent.portal import asking, codes
from tests.accounts import post
from tests.consent import portal_rows, rows
from tests.consent.portal_rows import code_of, link, proved

pytestmark = pytest.mark.django_db
HELD = "/p/acme/me/held/"
BEHIND = ["", "held/", "did/", "messages/", "history/"]


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en-GB"})


@pytest.fixture
def ada(in_acme):
    rows.purpose()
    return rows.customer()


def enter(client, customer, code: str):
    return client.post(link(customer) + "code/", {"code": code, "wants": "held"})


# --- the code


def test_the_code_goes_to_the_address_on_file_and_opens_the_pages_with_data(client, ada):
    """PP3"""
    typed = code_of(client, ada)
    assert post.last()["To"] == "ada@example.com"
    assert enter(client, ada, typed).url == HELD
    assert "ada@example.com" in client.get(HELD).content.decode()


def test_spaces_in_the_code_do_not_matter(client, ada):
    assert enter(client, ada, code_of(client, ada).replace(" ", "")).status_code == 302


def test_looking_at_the_page_sends_nothing(client, ada):
    """DL3: scanners follow links."""
    for _ in range(10):
        client.get(link(ada) + "code/?wants=held")
    assert ViewCode.objects.count() == 0


def test_a_wrong_code_says_so_and_five_are_all(client, ada):
    typed = code_of(client, ada).replace(" ", "")
    wrong = f"{(int(typed) + 1) % 1_000_000:06}"
    for _ in range(codes.TRIES):
        answer = enter(client, ada, wrong)
        assert answer.status_code == 422
        assert "This is not the code" in answer.content.decode()
    assert enter(client, ada, typed).status_code == 422


def test_a_code_works_once(client, ada):
    typed = code_of(client, ada)
    assert enter(client, ada, typed).status_code == 302
    assert enter(Client(), ada, typed).status_code == 422


def test_a_code_works_for_a_quarter_of_an_hour(client, ada):
    typed = code_of(client, ada)
    ViewCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert enter(client, ada, typed).status_code == 422


def test_only_the_newest_code_works(client, ada):
    first = code_of(client, ada)
    second = code_of(client, ada)
    if first != second:
        assert enter(client, ada, first).status_code == 422
    assert enter(client, ada, second).status_code == 302


def test_a_code_of_one_customer_opens_nothing_of_another(client, ada):
    typed = code_of(client, ada)
    assert enter(client, rows.customer("bob@example.com", name="Bob"), typed).status_code == 422


def test_the_database_does_not_hold_the_code(client, ada):
    typed = code_of(client, ada).replace(" ", "")
    assert typed.encode() not in bytes(ViewCode.objects.get().digest)


def test_so_many_codes_an_hour_and_the_answer_stays_the_same(client, ada):
    answers = [client.post(link(ada) + "code/", {"wants": "held"}) for _ in range(8)]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    assert ViewCode.objects.count() == 5


def test_so_many_codes_an_hour_from_one_caller_whoever_they_are_for(client, ada):
    for number in range(codes.MOST_A_CALLER + 3):
        client.post(link(rows.customer(f"c{number}@example.com")) + "code/", {"wants": "held"})
    assert ViewCode.objects.count() == codes.MOST_A_CALLER


def test_who_has_no_address_is_told_where_to_go(client, in_acme):
    nobody = rows.customer("")
    assert "no e-mail address" in client.get(link(nobody) + "code/").content.decode()
    client.post(link(nobody) + "code/", {"wants": "held"})
    assert ViewCode.objects.count() == 0


def test_the_mail_speaks_the_language_of_the_page(ada):
    Client(headers={"accept-language": "en"}).post(link(ada) + "code/", {"wants": "held"})
    assert post.last()["Subject"] == "Your code for Acme"
    assert "Acme" in post.last()["From"]


@pytest.mark.parametrize("code", ["", " ", "abcdef", "1" * 40, "\u0661\u0662\u0663\u0664\u0665\u0666"])
def test_what_is_no_code_is_told_at_its_field(client, ada, code):
    code_of(client, ada)
    answer = enter(client, ada, code)
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode()


# --- the half hour


@pytest.mark.parametrize("path", BEHIND)
def test_without_the_code_the_pages_with_data_lead_to_the_door(client, ada, path):
    """PP3"""
    assert client.get("/p/acme/me/" + path).url == "/p/acme/ask/"


@pytest.mark.parametrize("path", BEHIND)
def test_with_it_they_open(ada, path):
    assert proved(ada).get("/p/acme/me/" + path).status_code == 200


def test_the_cookie_is_for_this_tenant_only_and_no_script_reads_it(client, ada):
    enter(client, ada, code_of(client, ada))
    cookie = client.cookies["portret_portal_acme"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == ("/p/acme/", True, "Lax", 1800)


def test_where_there_is_https_the_cookie_is_tied_to_the_host(client, ada, settings):
    """SE16"""
    settings.SESSION_COOKIE_SECURE = True
    enter(client, ada, code_of(client, ada))
    cookie = client.cookies["__Host-portret_portal_acme"]
    assert (cookie["path"], cookie["secure"], cookie["domain"]) == ("/", True, "")


def test_after_half_an_hour_it_is_over(ada):
    """PP2: the view grade expires."""
    browser = proved(ada)
    ViewCode.objects.update(expires_at=timezone.now())
    assert browser.get(HELD).status_code == 302


def test_closing_closes_the_copies_too(ada):
    """ASVS 7.4.1"""
    browser, copy = proved(ada), Client()
    copy.cookies["portret_portal_acme"] = browser.cookies["portret_portal_acme"].value
    assert copy.get(HELD).status_code == 200
    answer = browser.post("/p/acme/me/leave/", {"form_key": portal_rows.form_key(browser)})
    assert answer.url == "/p/acme/ask/?left=1"
    assert (browser.get(HELD).status_code, copy.get(HELD).status_code) == (302, 302)


def test_the_cookie_of_one_tenant_opens_nothing_of_another(cast):
    with tenancy.scope(cast.acme):
        browser = proved(rows.customer())
    browser.cookies["portret_portal_globex"] = browser.cookies["portret_portal_acme"].value
    assert browser.get("/p/globex/me/held/").url == "/p/globex/ask/"


@pytest.mark.parametrize("key", [None, "", "0" * 64])
def test_a_form_of_another_site_changes_nothing(ada, key):
    """The browser may send our cookie along; the word of our form it does not have."""
    browser = proved(ada)
    browser.post("/p/acme/me/stop/", {} if key is None else {"form_key": key})
    assert portal_rows.logged(ada) == []


# --- the link that is mailed


def asked(client, email: str):
    return client.post("/p/acme/ask/", {"email": email})


def test_who_asks_gets_the_link_by_mail(client, ada):
    """PP1"""
    assert asked(client, " Ada@Example.com ").url == "/p/acme/ask/?sent=1"
    mail = post.last()
    path = re.search(r"http://\S+?(/p/acme/c/\S+)", post.text_of(mail))[1]
    assert mail["To"] == "ada@example.com"
    assert client.get(path).status_code == 200


def test_the_answer_is_the_same_for_who_is_known_and_who_is_not(client, ada):
    """PP10: the same work too, a mail that is written, and taken back (the one statement more)."""
    asked(client, "warm@up.example")
    answers, work = [], []
    for address in ("ada@example.com", "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            answers.append(asked(client, address))
        work.append([query["sql"][:20] for query in queries if "ROLLBACK TO" not in query["sql"]])
    assert len({(answer.status_code, answer.url, answer.content) for answer in answers}) == 1
    assert work[0] == work[1]
    assert [mail.recipients for mail in OutgoingMail.objects.all()] == [["ada@example.com"]]


def test_who_was_erased_gets_no_mail(client, ada):
    """DS9"""
    suppressions.add("ada@example.com", Suppression.Kind.ERASED)
    assert asked(client, "ada@example.com").status_code == 302
    assert OutgoingMail.objects.count() == 0


def test_so_many_mails_an_hour_to_one_address_and_from_one_caller(client, ada):
    """PP10"""
    for _ in range(6):
        assert asked(client, "ada@example.com").status_code == 302
    assert OutgoingMail.objects.count() == asking.MOST_AN_ADDRESS


def test_what_is_no_address_is_told_at_its_field(client, ada):
    for wrong in ("", "ada", "a@b", "ada@example.com\nBcc: x@y.example"):
        answer = asked(client, wrong)
        assert answer.status_code == 422, wrong
        assert "is-invalid" in answer.content.decode()


def test_the_page_that_asks_opens_for_everybody(client, cast):
    assert client.get("/p/acme/ask/").status_code == 200
    assert client.put("/p/acme/ask/").status_code == 405

"""Signing up: an account opens once the address is proven, and only by a click on a button."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import OutgoingMail, User
from tests.accounts import post
from tests.conftest import PASSWORD

SIGNUP = {"name": "Dana Smit", "email": "dana@new.example", "password1": PASSWORD}
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def asked(client, db):
    return client.post("/account/signup/", SIGNUP, headers=ENGLISH)


def test_signing_up_makes_a_user_who_cannot_sign_in_yet(client, asked):
    assert User.objects.get(email="dana@new.example").name == "Dana Smit"
    assert asked.url == "/account/confirm-email/"
    assert client.get("/organisations/").url.startswith("/account/login/")


def test_an_address_in_capitals_is_the_same_address(client, db):
    client.post("/account/signup/", {**SIGNUP, "email": "Dana@NEW.example"})
    client.post(post.link_in(post.last()))
    assert User.objects.get().email == "dana@new.example"


def test_the_links_lead_to_our_own_address_whatever_the_request_named(client, db, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/account/signup/", SIGNUP, headers={"host": "evil.example:8000"})
    assert settings.BASE_URL in post.text_of(post.last())
    assert "evil.example" not in post.text_of(post.last())


def test_the_mail_holds_a_link_that_a_mail_scanner_may_open(client, asked):
    answer = client.get(post.link_in(post.last()))
    assert answer.status_code == 200
    assert not EmailAddress.objects.get(email="dana@new.example").verified


def test_pressing_the_button_confirms_and_signs_in(client, asked):
    answer = client.post(post.link_in(post.last()))
    assert answer.url == "/"
    assert EmailAddress.objects.get(email="dana@new.example").verified
    assert client.get("/").url == "/organisations/new/"


def test_confirming_in_another_browser_confirms_and_asks_to_sign_in(asked):
    other = Client()
    other.post(post.link_in(post.last()))
    assert EmailAddress.objects.get(email="dana@new.example").verified
    assert other.get("/").url.startswith("/account/login/")


def test_a_made_up_link_confirms_nothing(client, asked):
    answer = client.post("/account/confirm-email/made-up/")
    assert answer.status_code in (302, 404)
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_signing_in_before_confirming_sends_to_the_mail_again(client, asked):
    answer = client.post("/account/login/", {"login": "dana@new.example", "password": PASSWORD})
    assert answer.url == "/account/confirm-email/"
    assert "_auth_user_id" not in client.session


def test_an_address_that_is_known_gets_the_same_answer_and_a_mail_that_says_so(client, cast, asked):
    again = client.post("/account/signup/", {**SIGNUP, "email": "ana@acme.example"}, headers=ENGLISH)
    assert (again.status_code, again.url) == (asked.status_code, asked.url)
    assert User.objects.filter(email="ana@acme.example").count() == 1
    mail = post.last()
    assert mail["To"] == "ana@acme.example"
    assert "already" in post.text_of(mail).lower() or "exists" in post.text_of(mail).lower()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"password1": "short"}, "12"),
        ({"password1": "password1234"}, "common"),
        ({"password1": "dana@new.example"}, "similar"),
        ({"email": "no address"}, "valid"),
        ({"name": ""}, "required"),
        ({"name": "Dana\r\nBcc: all@victims.example"}, "line"),
    ],
    ids=["short password", "common password", "the address as password", "no address", "no name", "a name of two lines"],
)
def test_bad_input_says_why(client, db, wrong, word):
    answer = client.post("/account/signup/", {**SIGNUP, **wrong}, headers=ENGLISH)
    assert word in answer.content.decode()
    assert not User.objects.exists()
    assert not OutgoingMail.objects.exists()

"""A forgotten password: a link by mail that works once, and an answer that tells nobody who has an account."""

import pytest

from tests.accounts import post
from tests.conftest import PASSWORD, signed_in

NEW = "een-heel-nieuw-woord"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def elsewhere(cast):
    """Ana is signed in on another device."""
    return signed_in(cast.ana)


@pytest.fixture
def link(client, cast) -> str:
    client.post("/account/password/reset/", {"email": "ana@acme.example"}, headers=ENGLISH)
    return post.link_in(post.last())


def reset(client, link: str, password: str = NEW):
    form = client.get(link, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password}, headers=ENGLISH)


def sign_in(client, password: str) -> bool:
    client.post("/account/login/", {"login": "ana@acme.example", "password": password})
    return "_auth_user_id" in client.session


def test_the_link_sets_a_new_password(client, link):
    assert reset(client, link).status_code == 302
    assert sign_in(client, NEW)


def test_the_old_password_no_longer_works(client, link):
    reset(client, link)
    assert not sign_in(client, PASSWORD)


def test_the_link_works_once(client, link):
    reset(client, link)
    client.logout()
    again = client.get(link, follow=True)
    assert "password1" not in again.content.decode()


def test_a_new_password_ends_every_session(client, elsewhere, link):
    reset(client, link)
    assert elsewhere.get("/t/acme/").url.startswith("/account/login/")


def test_signing_in_with_the_old_password_after_all_ends_the_link(client, cast, link):
    signed_in(cast.ana)
    assert "password1" not in client.get(link, follow=True).content.decode()


def test_opening_the_link_changes_nothing(client, cast, link):
    client.get(link, follow=True)
    assert sign_in(client, PASSWORD)


def test_a_weak_password_says_why(client, link):
    assert "12" in reset(client, link, "short").content.decode()


def test_an_unknown_address_gets_the_same_answer(client, cast):
    answers = [client.post("/account/password/reset/", {"email": email}) for email in ("ana@acme.example", "nobody@acme.example")]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1

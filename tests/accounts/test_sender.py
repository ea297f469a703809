"""Sender identities: an address may be used once somebody who reads it has pressed the button."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, SenderIdentity
from tests.accounts import post

PAGE = "/t/acme/settings/senders/"
ENGLISH = {"accept-language": "en"}
NEWS = {"name": "Acme nieuws", "email": "News@acme.example", "reply_to": "help@acme.example"}


@pytest.fixture
def link(ana) -> str:
    ana.post(PAGE, NEWS)
    return post.link_in(post.last())


def sender_of(tenant) -> SenderIdentity:
    with tenancy.scope(tenant):
        return SenderIdentity.objects.get()


def actions(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action__startswith="sender").order_by("pk").values_list("action", flat=True))


def remove_path(tenant) -> str:
    with tenancy.scope(tenant):
        return f"{PAGE}{SenderIdentity.objects.get().public_id}/remove/"


def test_adding_one_sends_a_mail_to_that_address(cast, link):
    assert post.last()["To"] == "news@acme.example"
    assert sender_of(cast.acme).confirmed_at is None


def test_the_token_is_kept_as_a_hash(cast, link):
    token = link.rstrip("/").rpartition("/")[2]
    with tenancy.scope(cast.acme):
        assert token not in str(list(SenderIdentity.objects.values())) + str(list(AuditEntry.objects.values()))


def test_opening_the_link_confirms_nothing(cast, client, link):
    assert client.get(link).status_code == 200
    assert sender_of(cast.acme).confirmed_at is None


def test_pressing_the_button_confirms_without_signing_in(cast, client, link):
    assert client.post(link).status_code == 200
    assert sender_of(cast.acme).confirmed_at
    assert actions(cast.acme) == ["sender.added", "sender.confirmed"]


def test_pressing_it_twice_changes_nothing(cast, client, link):
    client.post(link)
    confirmed_at = sender_of(cast.acme).confirmed_at
    assert client.post(link).status_code == 200
    assert sender_of(cast.acme).confirmed_at == confirmed_at
    assert actions(cast.acme).count("sender.confirmed") == 1


def test_a_late_link_is_gone(cast, client, link):
    with tenancy.scope(cast.acme):
        SenderIdentity.objects.update(token_expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert sender_of(cast.acme).confirmed_at is None


@pytest.mark.parametrize(
    "path", [f"{PAGE}confirm/made-up/", "/t/globex/settings/senders/confirm/{token}/", "/t/nobody/settings/senders/confirm/x/"]
)
def test_a_token_opens_nothing_elsewhere(cast, client, link, path):
    token = link.rstrip("/").rpartition("/")[2]
    assert client.post(path.format(token=token)).status_code == 404
    assert sender_of(cast.acme).confirmed_at is None


def test_removing_one_is_recorded(cast, ana, link):
    assert ana.post(remove_path(cast.acme)).status_code == 302
    assert actions(cast.acme) == ["sender.added", "sender.removed"]


def test_a_removed_one_cannot_be_confirmed(cast, client, ana, link):
    ana.post(remove_path(cast.acme))
    assert client.post(link).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"email": "nobody"}, "not an e-mail address"),
        ({"email": "news@acme.example\r\nBcc: all@victims.example"}, "not an e-mail address"),
        ({"name": "Acme\r\nBcc: all@victims.example"}, "one line"),
        ({"reply_to": "x"}, "not an e-mail address"),
        ({"name": ""}, "required"),
    ],
)
def test_bad_input_says_why(cast, ana, wrong, word):
    answer = ana.post(PAGE, {**NEWS, **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert post.arrived() == []


def test_an_address_that_is_there_already_says_so(ana, link):
    answer = ana.post(PAGE, {**NEWS, "email": "NEWS@acme.example"}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "already" in answer.content.decode()


def test_a_viewer_is_refused(cast, ben, ana, link):
    assert ben.get(PAGE).status_code == 403
    assert ben.post(PAGE, NEWS).status_code == 403
    assert ben.post(remove_path(cast.acme)).status_code == 403


def test_a_stranger_finds_nothing(cast, mallory, ana, link):
    assert mallory.post(PAGE, NEWS).status_code == 404
    assert mallory.post(remove_path(cast.acme)).status_code == 404


def test_removing_is_only_by_post(cast, ana, link):
    assert ana.get(remove_path(cast.acme)).status_code == 405

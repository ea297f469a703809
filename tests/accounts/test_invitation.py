"""Inviting: a mail with a link, which can be sent anew or withdrawn."""

import pytest

from accounts import tenancy
from accounts.models import AuditEntry, Invitation, Tenant
from tests.accounts import post
from tests.accounts.test_member_change import member_with
from tests.accounts.test_member_remove import at_once
from tests.conftest import make_cast, signed_in

PAGE = "/t/acme/team/invite/"
ENGLISH = {"accept-language": "en"}


def invite(client, email: str = "dana@new.example", roles=("editor",), **values):
    return client.post(PAGE, {"email": email, "roles": roles, **values}, headers=ENGLISH)


@pytest.fixture
def only(cast, ana):
    """The path of a verb on the one invitation there is."""
    invite(ana)
    with tenancy.scope(cast.acme):
        public_id = Invitation.objects.get().public_id
    return lambda verb: f"/t/acme/team/invitations/{public_id}/{verb}/"


def waiting(tenant) -> list[tuple]:
    with tenancy.scope(tenant):
        return list(Invitation.objects.waiting().values_list("email", "roles", "may_export"))


def test_it_is_sent_by_mail_with_a_link(cast, ana):
    assert invite(ana, "Dana@New.example").url == "/t/acme/team/"
    assert waiting(cast.acme) == [("dana@new.example", ["editor"], False)]
    assert post.last()["To"] == "dana@new.example"
    assert post.link_in(post.last()).startswith("/t/acme/invitation/")


def test_it_is_recorded_without_the_token(cast, ana):
    invite(ana)
    token = post.link_in(post.last()).rstrip("/").rpartition("/")[2]
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="member.invited")
        kept = str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    assert entry.after == {"email": "dana@new.example", "roles": ["editor"], "may_export": False}
    assert token not in kept


@pytest.mark.parametrize(("languages", "answer"), [(["nl", "en-gb"], "nl"), (["en-gb", "nl"], "en-gb")])
def test_it_is_written_in_the_first_language_of_the_organisation(cast, ana, languages, answer):
    Tenant.objects.filter(pk=cast.acme.pk).update(languages=languages)
    invite(ana)
    assert f'<html lang="{answer}"' in post.last().get_body(["html"]).get_content()


def test_a_second_one_to_the_same_address_replaces_the_first(cast, ana, client):
    invite(ana)
    first = post.link_in(post.last())
    invite(ana, roles=["viewer"])
    assert waiting(cast.acme) == [("dana@new.example", ["viewer"], False)]
    assert client.get(first).status_code == 410


def test_a_member_is_not_invited_again(cast, ana):
    answer = invite(ana, "BEN@acme.example")
    assert answer.status_code == 422
    assert "in the team already" in answer.content.decode()
    assert post.arrived() == []


def test_sending_it_anew_ends_the_old_link(cast, ana, only, client):
    old = post.link_in(post.last())
    assert ana.post(only("renew")).status_code == 302
    assert client.get(old).status_code == 404
    assert client.get(post.link_in(post.last())).status_code == 200


def test_withdrawing_it_ends_the_link_at_once(cast, ana, only, client):
    link = post.link_in(post.last())
    ana.post(only("revoke"))
    assert client.get(link).status_code == 410
    assert waiting(cast.acme) == []


def test_withdrawing_it_twice_is_recorded_once(cast, ana, only):
    ana.post(only("revoke"))
    ana.post(only("revoke"))
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="invitation.revoked").count() == 1


def test_a_withdrawn_one_cannot_be_sent_anew(ana, only):
    ana.post(only("revoke"))
    assert ana.post(only("renew")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"email": "nobody"}, "not an e-mail address"),
        ({"email": "dana@new.example\r\nBcc: all@victims.example"}, "not an e-mail address"),
        ({"email": ""}, "required"),
        ({"roles": []}, "at least one role"),
        ({"roles": ["god"]}, "valid choice"),
    ],
)
def test_bad_input_says_why(cast, ana, wrong, word):
    answer = invite(ana, **wrong)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert waiting(cast.acme) == []


def test_nobody_gives_what_he_does_not_hold(cast):
    admin = signed_in(member_with(cast.acme, "adam", "admin"))
    assert invite(admin, roles=["owner"]).status_code == 422
    assert invite(admin, roles=["privacy_officer"]).status_code == 422
    invite(admin, may_export="on")
    assert waiting(cast.acme) == [("dana@new.example", ["editor"], False)]


def test_a_viewer_is_refused(cast, ben, ana, only):
    assert [ben.get(PAGE).status_code, invite(ben, "x@y.example").status_code] == [403, 403]
    assert [ben.post(only(verb)).status_code for verb in ("renew", "revoke")] == [403, 403]


def test_a_stranger_finds_nothing(cast, mallory, ana, only):
    assert invite(mallory).status_code == 404
    assert [mallory.post(only(verb)).status_code for verb in ("renew", "revoke")] == [404, 404]


def test_changing_one_is_only_by_post(ana, only):
    assert [ana.get(only(verb)).status_code for verb in ("renew", "revoke")] == [405, 405]


def test_two_who_invite_one_address_at_the_same_moment_leave_one_invitation(committed):
    cast = make_cast()
    browsers = [signed_in(cast.ana), signed_in(cast.ana)]
    assert at_once(*(lambda browser=browser: invite(browser) for browser in browsers)) == [302, 302]
    assert len(waiting(cast.acme)) == 1

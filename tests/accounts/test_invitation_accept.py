"""Accepting: the link joins its reader once, after a click on a button, and nobody else."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry, Invitation, Membership
from tests.accounts import post
from tests.accounts.test_invitation import invite
from tests.accounts.test_member_remove import at_once
from tests.conftest import PASSWORD, make_cast, make_user, signed_in

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def link(ana) -> str:
    """What Dana, who has no account yet, finds in her mail."""
    invite(ana)
    return post.link_in(post.last())


@pytest.fixture
def dana(db) -> Client:
    """Has an account already."""
    return signed_in(make_user("Dana Smit", "dana@new.example"))


def members(tenant) -> dict[str, list[str]]:
    with tenancy.scope(tenant):
        return {row.user.email: row.roles for row in Membership.objects.with_users() if "new.example" in row.user.email}


def test_opening_the_link_joins_nothing(cast, dana, link):
    answer = dana.get(link, headers=ENGLISH)
    assert answer.status_code == 200
    assert "Acme" in answer.content.decode()
    assert members(cast.acme) == {}


def test_pressing_the_button_joins_with_the_roles_that_were_offered(cast, dana, link):
    assert dana.post(link).url == "/t/acme/"
    assert members(cast.acme) == {"dana@new.example": ["editor"]}
    assert dana.get("/t/acme/").status_code == 200
    assert dana.get("/").url == "/t/acme/"


def test_joining_is_recorded(cast, dana, link):
    dana.post(link)
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.newest_first()[0]
    assert (entry.action, entry.actor_name, entry.after) == ("member.joined", "Dana Smit", {"roles": ["editor"], "may_export": False})


def test_a_newcomer_signs_up_without_a_second_mail_and_joins(cast, client, link):
    client.get(link)
    before = len(post.arrived())
    answer = client.post(
        f"/account/signup/?next={link}", {"name": "Dana Smit", "email": "dana@new.example", "password1": PASSWORD, "next": link}
    )
    assert answer.url == link
    assert len(post.arrived()) == before
    assert EmailAddress.objects.get(email="dana@new.example").verified
    assert client.post(link).url == "/t/acme/"
    assert members(cast.acme) == {"dana@new.example": ["editor"]}


def test_the_link_proves_no_other_address(cast, client, link):
    client.get(link)
    client.post("/account/signup/", {"name": "Eve", "email": "eve@new.example", "password1": PASSWORD})
    assert not EmailAddress.objects.get(email="eve@new.example").verified


def test_a_dead_link_proves_no_address(cast, client, link):
    with tenancy.scope(cast.acme):
        Invitation.objects.update(revoked_at=timezone.now())
    client.get(link)
    client.post("/account/signup/", {"name": "Dana", "email": "dana@new.example", "password1": PASSWORD})
    assert not EmailAddress.objects.get(email="dana@new.example").verified


def test_signing_in_leads_back_to_the_invitation(cast, client, link):
    make_user("Dana Smit", "dana@new.example")
    client.get(link)
    answer = client.post(f"/account/login/?next={link}", {"login": "dana@new.example", "password": PASSWORD, "next": link})
    assert answer.url == link


def test_somebody_else_is_told_whom_it_is_for_and_does_not_join(cast, cleo, link):
    answer = cleo.post(link, headers=ENGLISH)
    assert answer.status_code == 200
    assert "dana@new.example" in answer.content.decode()
    assert "cleo@row.example" in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert Membership.objects.count() == 2


def test_an_expired_one_says_so_however_often_it_is_tried(cast, dana, link):
    with tenancy.scope(cast.acme):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answers = [dana.get(link, headers=ENGLISH), dana.post(link), dana.post(link)]
    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert "too old" in answers[0].content.decode()
    assert members(cast.acme) == {}


def test_it_works_once(cast, dana, link):
    dana.post(link)
    answer = dana.post(link, headers=ENGLISH)
    assert answer.status_code == 410
    assert "used" in answer.content.decode()


def test_who_was_removed_does_not_come_back_by_the_old_link(cast, dana, link):
    dana.post(link)
    with tenancy.scope(cast.acme):
        Membership.objects.filter(user__email="dana@new.example").delete()
    assert dana.post(link).status_code == 410
    assert members(cast.acme) == {}


def test_a_withdrawn_one_says_so(cast, dana, link):
    with tenancy.scope(cast.acme):
        Invitation.objects.update(revoked_at=timezone.now())
    answer = dana.post(link, headers=ENGLISH)
    assert answer.status_code == 410
    assert "withdrawn" in answer.content.decode()


def test_a_member_who_accepts_another_offer_keeps_what_he_had(cast, ana, dana, link):
    dana.post(link)
    with tenancy.scope(cast.acme):
        Membership.objects.filter(user__email="dana@new.example").update(roles=["viewer"], may_export=True)
        Invitation.objects.update(accepted_at=None)
    dana.post(link)
    assert members(cast.acme) == {"dana@new.example": ["editor", "viewer"]}


def test_without_signing_in_pressing_the_button_joins_nobody(cast, client, link):
    assert client.post(link).status_code == 200
    with tenancy.scope(cast.acme):
        assert Membership.objects.count() == 2


@pytest.mark.parametrize("path", ["/t/acme/invitation/made-up/", "/t/globex/invitation/{token}/", "/t/nobody/invitation/{token}/"])
def test_the_token_opens_nothing_elsewhere(cast, dana, link, path):
    token = link.rstrip("/").rpartition("/")[2]
    assert dana.post(path.format(token=token)).status_code == 404


def test_the_page_is_kept_by_no_cache(client, link):
    assert "no-store" in client.get(link)["Cache-Control"]


def test_only_by_get_and_post(client, link):
    assert client.put(link).status_code == 405


def test_two_browsers_that_accept_at_the_same_moment_make_one_membership(committed):
    cast = make_cast()
    invite(signed_in(cast.ana))
    link = post.link_in(post.last())
    dana = make_user("Dana Smit", "dana@new.example")
    browsers = [signed_in(dana), signed_in(dana)]
    assert at_once(*(lambda browser=browser: browser.post(link) for browser in browsers)) == [302, 410]
    with tenancy.scope(cast.acme):
        assert Membership.objects.filter(user=dana).count() == 1
        assert AuditEntry.objects.filter(action="member.joined", actor_id=dana.pk).count() == 1

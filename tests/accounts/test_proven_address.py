"""An invitation proves its own address and no other: nobody's account gets an address that somebody else reads."""

from allauth.account.models import EmailAddress
from django.test import Client

from accounts import invitations, tenancy
from accounts.models import Invitation
from tests.accounts.post import last, link_in
from tests.conftest import PASSWORD


def invited(ana, email: str) -> str:
    """The link that was mailed to this address."""
    ana.post("/t/acme/team/invite/", {"email": email, "roles": ["viewer"]})
    return link_in(last())


def sign_up(browser: Client, email: str) -> None:
    browser.post("/account/signup/", {"name": "Vera", "email": email, "password1": PASSWORD})


def addresses() -> set[tuple[str, bool]]:
    return set(EmailAddress.objects.filter(user__name="Vera").values_list("email", "verified"))


def test_the_invited_address_needs_no_second_proof(ana, client):
    client.get(invited(ana, "vera@new.example"))
    sign_up(client, "Vera@new.example")
    assert addresses() == {("vera@new.example", True)}


def test_another_address_is_not_proven_and_the_invited_one_not_added(ana, client):
    """The link may have been sent on by who was invited, to somebody who trusts it."""
    client.get(invited(ana, "evil@attacker.example"))
    sign_up(client, "honest@victim.example")
    assert addresses() == {("honest@victim.example", False)}
    assert "_auth_user_id" not in client.session


def test_an_invitation_that_was_withdrawn_proves_nothing(cast, ana, client):
    client.get(invited(ana, "vera@new.example"))
    with tenancy.scope(cast.acme):
        invitations.revoke(Invitation.objects.get(), actor=invitations.Actor())
    sign_up(client, "vera@new.example")
    assert addresses() == {("vera@new.example", False)}


def test_a_link_of_the_past_proves_nothing(ana, client):
    client.get("/t/acme/invitation/made-up/")
    sign_up(client, "vera@new.example")
    assert addresses() == {("vera@new.example", False)}

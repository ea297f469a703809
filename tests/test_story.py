"""The whole way, as it is today: an agency signs up, founds its organisation, invites a colleague, hands a key to a partner."""

import re

from django.test import Client
from django.urls import reverse

from tests.accounts.post import last, link_in
from tests.conftest import PASSWORD


def removal_of(name: str, page: str) -> str:
    """The address that removes this member, from the row of the table that names him."""
    row = next(row for row in page.split("<tr")[1:] if name in row)
    return re.search(r"/t/platenzaak/team/\w{13}/remove/", row).group()


def test_from_signing_up_to_a_partner_that_calls(db):
    ana, carol, partner = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"}), Client()

    # Ana signs up and proves her address.
    ana.post(reverse("account_signup"), {"name": "Ana Bakker", "email": "ana@agency.example", "password1": PASSWORD})
    ana.post(link_in(last()))
    assert ana.get("/", follow=True).resolver_match.url_name == "tenant_create"

    # She founds the organisation and says who it is.
    ana.post("/organisations/new/", {"name": "Platenzaak Voorbeeld", "slug": "platenzaak"})
    identity = {"legal_name": "Platenzaak Voorbeeld B.V.", "street": "Gracht 1", "postal_code": "1015 AA", "city": "Amsterdam"}
    ana.post("/t/platenzaak/settings/identity/", {**identity, "country": "Nederland", "privacy_email": "privacy@platenzaak.example"})
    assert "Platenzaak Voorbeeld B.V." in ana.get("/t/platenzaak/settings/").text

    # Carol is invited as an editor who may also launch; she signs up from the mail and is in.
    ana.post("/t/platenzaak/team/invite/", {"email": "carol@agency.example", "roles": ["editor", "sender"]})
    invitation = link_in(last())
    carol.get(invitation)
    carol.post(
        f"{reverse('account_signup')}?next={invitation}",
        {"name": "Carol Vos", "email": "carol@agency.example", "password1": PASSWORD, "next": invitation},
    )
    carol.post(invitation)
    assert carol.get("/t/platenzaak/").status_code == 200
    assert carol.get("/t/platenzaak/keys/").status_code == 403

    # A partner gets a key, uses it, and loses it.
    ana.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = ana.post("/t/platenzaak/keys/new/", {"name": "Web shop", "scopes": ["customers.view"], "purposes": "newsletter", "days": "90"})
    key = re.search(r"portret_platenzaak_[\w-]+", page.text).group()
    answer = partner.get("/api/v1/key", headers={"authorization": f"Bearer {key}"})
    assert answer.json()["scopes"] == ["customers.view"]
    revoke = re.search(r"/t/platenzaak/keys/\w+/revoke/", ana.get("/t/platenzaak/keys/").text).group()
    ana.post(revoke)
    assert partner.get("/api/v1/key", headers={"authorization": f"Bearer {key}"}).status_code == 401

    # Carol leaves the agency: her next click finds nothing. The log tells it all.
    ana.post(removal_of("Carol", ana.get("/t/platenzaak/team/").text))
    assert carol.get("/t/platenzaak/").status_code == 404
    log = ana.get("/t/platenzaak/audit/").text
    for told in (
        "Made the organisation",
        "Changed the legal identity",
        "Joined the team",
        "Made an API key",
        "Revoked an API key",
        "Removed",
    ):
        assert told in log

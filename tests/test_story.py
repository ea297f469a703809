"""The whole way, as it is today: from signing up to a partner that calls, from a first file to a segment that says why."""

import json
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import LegalIdentity, Tenant
from consent import choices, gate, offering
from consent.ledger import tree, verifying
from consent.models import Decision, Purpose, Reason
from consent.portal import tokens
from consent.register import drafts
from consent.rights import erasing
from customers import intake
from customers.identity import claims
from customers.imports import running
from customers.ingest import drain
from customers.intake import Item
from customers.models import Customer
from customers.segments import membership, versions
from tests.accounts.post import last, link_in, text_of
from tests.conftest import PASSWORD
from tests.customers.telling import said as said_of
from tests.customers.telling import source


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


def test_from_a_first_file_to_a_segment_that_says_why(cast, ana, ben):
    """Customers come in by file and by the library of Segment, become one, and are found, explained and taken apart."""
    # Ana connects the web shop and says what it is for; its page shows the key.
    ana.post("/t/acme/sources/new/", {"name": "Web shop", "kind": "shop", "priority": "10", "identifies": "on", "used_for": "Orders."})
    shop = re.search(r"/t/acme/sources/\w{13}/", ana.get("/t/acme/sources/").text).group()
    key = re.search(r"acme_[\w-]{20,}", ana.get(shop).text).group()

    # She hands in the file of the till: columns are known by their names, one row is bad.
    rows = b"E-mail;Voornaam;Achternaam;Woonplaats\nada@shop.example;Ada;Okafor;Amersfoort\nno address;Bob;Bos;Ede\n"
    file = SimpleUploadedFile("klanten.csv", rows, content_type="text/csv")
    columns = ana.post("/t/acme/imports/new/", {"kind": "customers", "new_source": "Till", "file": file}).url
    ana.post(columns, {"column_0": "email", "column_1": "first_name", "column_2": "last_name", "column_3": "city"})
    with tenancy.scope(cast.acme):
        (waiting,) = running.waiting()
    running.take_turn(cast.acme, waiting)
    assert "This is not an e-mail address" in ana.get(columns.replace("columns/", "")).text

    # Ada visits the shop on a laptop, signs in, and orders twice; the library sends the same batch again.
    now = timezone.now().isoformat()
    said = [
        {"type": "page", "anonymousId": "laptop", "name": "Jazz", "messageId": "1", "timestamp": now},
        {
            "type": "identify",
            "anonymousId": "laptop",
            "userId": "0042",
            "messageId": "2",
            "timestamp": now,
            "traits": {"email": "Ada@Shop.example", "city": "Utrecht"},
        },
        *(
            {
                "type": "track",
                "userId": "0042",
                "event": "Order Completed",
                "messageId": f"o{n}",
                "timestamp": now,
                "properties": {
                    "order_id": f"R{n}",
                    "total": 61.9,
                    "currency": "EUR",
                    "products": [{"product_id": "7", "name": "Alice Coltrane"}],
                },
            }
            for n in (1, 2)
        ),
        {"type": "track", "event": "Order Completed", "messageId": "5", "timestamp": now},
    ]
    for _ in range(2):
        answer = Client().post("/v1/batch", {"batch": said, "sentAt": now, "writeKey": key}, content_type="application/json")
        assert answer.status_code == 200
    drain.drain(cast.acme)

    # She is one customer: the shop is trusted more than the till, whose value is kept; the page is in the log.
    found = ana.get("/t/acme/customers/", {"q": "ada@shop.example"}).text
    (address,) = set(re.findall(r"/t/acme/customers/\w{13}/", found))
    page = ana.get(address).text
    for told in ("Ada Okafor", "Utrecht", "<del>Amersfoort</del>", "Alice Coltrane", "€61.90", "Page Viewed", "laptop", "0042"):
        assert told in page
    assert page.count("€61.90") == 2
    assert "Alice Coltrane" in ana.get("/t/acme/products/").text

    # The item that named nobody waits in quarantine; she gives it a customer and replays it.
    (item,) = set(re.findall(r"/t/acme/sources/quarantine/\w{13}/", ana.get("/t/acme/sources/quarantine/").text))
    ana.post(item, {"item": json.dumps({**said[-1], "userId": "0042"})})
    drain.drain(cast.acme)
    assert ana.get(address).text.count("Order Completed") >= 3

    # A segment of who ordered twice; it says why she is in it, and Ben may look.
    rule = {"version": "portret-rule/1", "all": [{"event": "Order Completed", "times": {"at_least": 2}}]}
    with tenancy.scope(cast.acme):
        segment = versions.create("Ordered twice", rule, by=cast.ana, actor=SYSTEM)
        membership.refresh_one(segment.pk)
    why = ben.get(f"{address}segments/").text
    assert "In “Ordered twice”, because" in why
    assert "3" in why

    # A colleague joined her with Bea by mistake, and takes them apart again.
    with tenancy.scope(cast.acme):
        bea = said_of(source("Till"), number="9", first_name="Bea", event="Ticket Closed").customer_id
        mark = Customer.objects.get(pk=bea).public_id
    ana.post(f"{address}merge/", {"other": mark})
    assert "Ticket Closed" in ana.get(address).text
    undo = re.search(rf"{address}merges/\w{{13}}/undo/", ana.get(f"{address}merges/").text).group()
    ana.post(undo)
    assert "Ticket Closed" not in ana.get(address).text
    log = ana.get("/t/acme/audit/").text
    for told in ("Connected a source", "Started an import", "Looked at a customer", "Corrected and replayed", "Took two customers apart"):
        assert told in log


def seal_in(page: str) -> str:
    """What a page was looked at, as its form sends it back."""
    return re.search(r'name="seen" value="([^"]+)"', page).group(1)


def publish(colleague: Client, purpose: Purpose) -> None:
    address = f"/t/acme/purposes/{purpose.public_id}/publish/"
    answer = colleague.post(address, {"seen": seal_in(colleague.get(address).text)})
    assert answer.status_code == 302, answer.text


def filled_in(form_id: str, *chosen: str) -> None:
    """Ada ticks these on the public form, and confirms it from her mail."""
    visitor, address = Client(headers={"accept-language": "en"}), f"/p/acme/forms/{form_id}/"
    seen = seal_in(visitor.get(address).text)
    answer = visitor.post(address, {"seen": seen, "email": "Ada@Example.com", "choice": list(chosen), "language": "en-gb"})
    assert answer.status_code == 302, answer.text
    link = re.search(r"/p/acme/confirm/\S+", text_of(last())).group()
    for _ in range(3):
        visitor.get(link)
        visitor.head(link)
    visitor.post(link)


def test_from_a_purpose_to_a_customer_who_is_gone(cast, ana):
    # The eight usual purposes; the newsletter is published, nobody else manages consent, so Ana may do it alone.
    with tenancy.scope(cast.acme):
        where = {"street": "Gracht 1", "postal_code": "1015 AA", "city": "Amsterdam", "country": "Nederland"}
        LegalIdentity.objects.create(legal_name="Acme B.V.", privacy_email="privacy@acme.example", **where)
    ana.post("/t/acme/purposes/start/")
    with tenancy.scope(cast.acme):
        newsletter = Purpose.objects.get(key="newsletter")
        publish(ana, newsletter)
        newsletter = Purpose.objects.select_related("version").get(pk=newsletter.pk)
        words = {"title": "News", "intro": "About records.", "button": "Send", "thanks": "Look in your mail."}
        content = {"purposes": [["newsletter", "email"]], "attributes": [], "sites": [], "texts": {"nl": words, "en-gb": words}}
        form = offering.create("Foot of the site", content, by=cast.ana, actor=SYSTEM)
        form_id = form.public_id

    # Ada fills in the form. Opening the link of the mail confirms nothing, her button does.
    filled_in(form_id, "newsletter.email")
    with tenancy.scope(cast.acme):
        ada = Customer.objects.get(email="ada@example.com")
        assert gate.look(newsletter, "email") == {Reason.ALLOWED: 1}
        told = choices.history(ada.pk)
        assert [each.fields["state"] for each in told] == ["given", "requested"]
        assert told[0].fields["confirm_message_id"] == told[1].fields["confirm_message_id"]
        (kept,) = gate.decide([ada.pk], newsletter, "email", asked_by="story").values()
        assert kept.is_allowed

    # The text changes. What she said yes to stays what it was.
    was = choices_text(cast.acme, ada)
    with tenancy.scope(cast.acme):
        draft = drafts.begin(newsletter)
        draft.texts["en-gb"]["text"] = "Something else altogether."
        draft.save()
    publish_next(ana, cast.acme, newsletter)
    assert choices_text(cast.acme, ada) == was
    assert "Something else altogether." not in was

    # Between the freezing of an audience and the handing over she presses one button of her mail program.
    with tenancy.scope(cast.acme):
        newsletter = Purpose.objects.select_related("version").get(pk=newsletter.pk)
        frozen = [ada.pk]
        token = tokens.act(ada.pk, purpose_key="newsletter", channel="email")
    assert Client().post(f"/u/acme/{token}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    with tenancy.scope(cast.acme):
        assert gate.decide(frozen, newsletter, "email", asked_by="story")[ada.pk].reason == Reason.WITHDRAWN
        assert Decision.objects.count() == 2

    # She wants to be gone. Nothing is left, a file does not bring her back, and the log still adds up.
    with tenancy.scope(cast.acme):
        (certificate,) = erasing.erase([ada.pk], actor=SYSTEM)
        assert not Customer.objects.exists()
        assert certificate.rows["who it is"] == 1
    assert said_to(cast.acme, "ada@example.com") == "erased"
    tree.sequence_all(cast.acme)
    with tenancy.scope(cast.acme):
        assert verifying.verify().findings == []

    # Her own confirmed form does.
    filled_in(form_id, "newsletter.email")
    with tenancy.scope(cast.acme):
        assert gate.look(newsletter, "email") == {Reason.ALLOWED: 1}


def publish_next(colleague: Client, tenant: Tenant, purpose: Purpose) -> None:
    with tenancy.scope(tenant):
        publish(colleague, purpose)


def choices_text(tenant: Tenant, customer: Customer) -> str:
    """The text that the newest yes of the customer was shown."""
    with tenancy.scope(tenant):
        said = choices.history(customer.pk)[0].fields
        return choices.notice(said["purpose"], said["notice_sha256"]).text


def said_to(tenant: Tenant, email: str) -> str:
    """What became of a source that told of this address."""
    with tenancy.scope(tenant):
        now = timezone.now()
        (taken,) = intake.take([Item((claims.email(email),), now, {"email": email})], source("Till"), received_at=now)
        return str(taken.outcome)

"""For tests of the portal: links, the code from the mail, a browser that has shown it, and what stands in the log."""

import re

from django.test import Client

from consent import choices
from consent.portal import tokens
from customers.models import Customer
from tests.accounts import post

LINK, SEEN = "/p/acme/c/{}/", "/p/acme/me/"


def link(customer: Customer, **scope) -> str:
    return LINK.format(tokens.act(customer.pk, **scope))


def one_click(customer: Customer, purpose: str = "newsletter", channel: str = "email", **more) -> str:
    return f"/u/acme/{tokens.act(customer.pk, purpose_key=purpose, channel=channel, **more)}"


def code_of(client: Client, customer: Customer) -> str:
    client.post(link(customer) + "code/", {"wants": "held"})
    return re.search(r"\d{3} \d{3}", post.text_of(post.last()))[0]


def proved(customer: Customer) -> Client:
    """A browser that has typed in the code."""
    client = Client()
    answer = client.post(link(customer) + "code/", {"code": code_of(client, customer), "wants": "held"})
    assert answer.url == "/p/acme/me/held/"
    return client


def form_key(client: Client) -> str:
    return re.search(rb'name="form_key" value="(\w+)"', client.get(SEEN).content)[1].decode()


def say(client: Client, where: str, choice: str, purpose: str = "newsletter", channel: str = "email", **more):
    return client.post(where + "choose/", {"purpose": purpose, "channel": channel, "choice": choice, **more})


def logged(customer: Customer) -> list[dict[str, str]]:
    """Oldest first."""
    return [each.fields for each in reversed(choices.history(customer.pk))]


def states(customer: Customer) -> list[str]:
    return [fields.get("state", fields["kind"]) for fields in logged(customer)]

"""For tests of forms: one that is open, filled in as a browser does, and the link in the mail that asks to confirm."""

import re
from typing import Any

from django.test import Client

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import LegalIdentity, User
from consent import offering
from consent.models import ConsentForm
from tests.accounts import post
from tests.consent import register_rows

TEXTS = {"title": "Stay in touch", "intro": "Once a month.", "button": "Send it to me", "thanks": "Thank you!"}
ENGLISH = {"accept-language": "en-GB"}
EMAIL = "noor@new.example"


def content(*offers: tuple[str, str], **more: Any) -> dict[str, Any]:
    texts = dict.fromkeys(tenancy.current().languages, TEXTS)
    return {"purposes": [list(each) for each in offers or [("newsletter", "email")]], "attributes": [], "sites": [], "texts": texts, **more}


def opened(by: User, *offers: tuple[str, str], name: str = "Foot of the site", **more: Any) -> ConsentForm:
    LegalIdentity.objects.exists() or register_rows.identity()
    return offering.create(name, content(*offers, **more), by=by, actor=SYSTEM)


def page(form: ConsentForm) -> str:
    return f"/p/{tenancy.current().slug}/forms/{form.public_id}/"


def seen(client: Client, form: ConsentForm) -> str:
    return re.search(rb'name="seen" value="(\w+)"', client.get(page(form), headers=ENGLISH).content)[1].decode()


def fill_in(
    client: Client, form: ConsentForm, *, email: str = EMAIL, choice: Any = ("newsletter.email",), headers: Any = None, **more: Any
):
    """As the page itself posts it, in English."""
    said = {"email": email, "choice": list(choice), "seen": seen(client, form), **more}
    return client.post(page(form), said, headers={**ENGLISH, "user-agent": "Firefox", **(headers or {})})


def link_of_last() -> str:
    return re.search(r"(/p/[\w-]+/confirm/\S+/)", post.text_of(post.last()))[1]

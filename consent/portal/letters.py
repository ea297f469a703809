"""A customer in, a mail in the outbox out: the link to their choices, or a code. In their language, in the name of the tenant."""

from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import tenancy
from accounts.models import LegalIdentity
from consent.portal import tokens


def link(address: str, customer_id: int) -> None:
    """The link works for years; it shows nothing of the customer but their choices."""
    where = reverse("portal:home", args=[tenancy.current().slug, tokens.act(customer_id)])
    post("portal_link", address, link=settings.BASE_URL + where)


def code(address: str, digits: str, *, language: str) -> None:
    with translation.override(language):
        post("view_code", address, code=f"{digits[:3]} {digits[3:]}")


def confirmation(address: str, token: str, message_id: str, *, titles: list[str], language: str) -> None:
    """Asks whether it was they who filled in a form. No promotion, nothing that tracks, and nothing to unsubscribe from (CC3, DL10)."""
    where = reverse("portal:form_confirm", args=[tenancy.current().slug, token])
    with translation.override(language):
        post("consent_confirmation", address, message_id=message_id, link=settings.BASE_URL + where, titles=titles)


def post(name: str, address: str, *, message_id: str = "", **context: Any) -> None:
    """Renders `emails/<name>.txt` (its first line is the subject) and `.html`."""
    tenant, identity = tenancy.current(), LegalIdentity.objects.first()
    context |= {"tenant": tenant, "identity": identity}
    subject, _, text = render_to_string(f"emails/{name}.txt", context).strip().partition("\n")
    sender = formataddr((tenant.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    replies = [identity.privacy_email] if identity else []
    headers = {"Message-ID": message_id} if message_id else {}
    mail = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", sender, [address], reply_to=replies, headers=headers)
    mail.attach_alternative(render_to_string(f"emails/{name}.html", context), "text/html")
    mail.send()

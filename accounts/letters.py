"""A row that somebody must hear of in, a mail in the outbox out, in the reader's language when that is known."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import tenancy
from accounts.models import Invitation, SenderIdentity


def invitation(invitation: Invitation, token: str) -> None:
    link = reverse("accounts:invitation_accept", args=[tenancy.current().slug, token])
    _post("invitation", invitation.email, link, invitation=invitation, tenant=tenancy.current())


def sender_confirmation(sender: SenderIdentity, token: str) -> None:
    link = reverse("accounts:sender_confirm", args=[tenancy.current().slug, token])
    _post("sender_confirmation", sender.email, link, sender=sender, tenant=tenancy.current())


def _post(name: str, to: str, link: str, **context: Any) -> None:
    """Renders `emails/<name>.txt` (its first line is the subject) and `.html`."""
    context["link"] = settings.BASE_URL + link
    with translation.override(tenancy.current().languages[0]):
        subject, _, text = render_to_string(f"emails/{name}.txt", context).strip().partition("\n")
        html = render_to_string(f"emails/{name}.html", context)
    mail = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[to])
    mail.attach_alternative(html, "text/html")
    mail.send()

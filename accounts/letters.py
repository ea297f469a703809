"""A row that somebody must hear of in, a mail in the outbox out, in the reader's language when that is known."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts import tenancy
from accounts.models import AuditEntry, Invitation, SenderIdentity

# Letters go to whatever address a colleague types, so that nobody uses us to flood somebody. The log says how many went.
WRITTEN = [AuditEntry.Action.INVITED, AuditEntry.Action.INVITATION_RENEWED, AuditEntry.Action.SENDER_ADDED]
MOST_AN_HOUR = 60
MOST_AN_ADDRESS = 4


class TooMany(PermissionDenied):
    """So many letters an hour, to one address or in all; try again later. Becomes a 429 page."""


def invitation(invitation: Invitation, token: str) -> None:
    link = reverse("accounts:invitation_accept", args=[tenancy.current().slug, token])
    _post("invitation", invitation.email, link, invitation=invitation, tenant=tenancy.current())


def sender_confirmation(sender: SenderIdentity, token: str) -> None:
    link = reverse("accounts:sender_confirm", args=[tenancy.current().slug, token])
    _post("sender_confirmation", sender.email, link, sender=sender, tenant=tenancy.current())


def _post(name: str, to: str, link: str, **context: Any) -> None:
    """Renders `emails/<name>.txt` (its first line is the subject) and `.html`. Raises TooMany."""
    _refuse_flood(to)
    context["link"] = settings.BASE_URL + link
    with translation.override(tenancy.current().languages[0]):
        subject, _, text = render_to_string(f"emails/{name}.txt", context).strip().partition("\n")
        html = render_to_string(f"emails/{name}.html", context)
    mail = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[to])
    mail.attach_alternative(html, "text/html")
    mail.send()


def _refuse_flood(to: str) -> None:
    """The caller has written this one in the log already."""
    lately = AuditEntry.objects.filter(action__in=WRITTEN, at__gt=timezone.now() - timedelta(hours=1))
    if lately.count() > MOST_AN_HOUR or lately.filter(object_name__icontains=to).count() > MOST_AN_ADDRESS:
        raise TooMany

"""Mail to colleagues: Django's mail functions in, an `OutgoingMail` row out; the worker sends what is due and tries again later."""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from email.policy import SMTP
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as Smtp
from django.db import models, transaction
from django.utils import timezone

from accounts import work
from accounts.models import OutgoingMail

logger = logging.getLogger(__name__)
ATTEMPTS = 10


class Outbox(BaseEmailBackend):
    """Django's mail backend: nothing is sent here, so a relay that is down or slow never holds up a page."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [
            OutgoingMail(content=message.message(policy=SMTP).as_bytes(), recipients=message.recipients()) for message in email_messages
        ]
        OutgoingMail.objects.bulk_create(rows)
        work.enqueue("accounts.tasks.send_mail")
        return len(rows)


def send_due() -> int:
    """Sends what is due, one a transaction, and returns how many were sent.

    Two workers never take the same mail; one that is killed after handing over, before its commit, sends that one mail again.
    """
    sent = 0
    while (was_sent := _send_next()) is not None:
        sent += was_sent
    return sent


@transaction.atomic
def _send_next() -> bool | None:
    """Nothing when nothing is due."""
    mail = OutgoingMail.objects.select_for_update(skip_locked=True).due().first()
    return None if mail is None else _send(mail)


def _send(mail: OutgoingMail) -> bool:
    try:
        _hand_over(bytes(mail.content), mail.recipients)
    except (OSError, ValueError) as error:  # what smtplib and a full disk raise; an address that no relay takes
        logger.warning("mail was not sent", extra={"mail": mail.pk, "fault": type(error).__name__})
        _put_off(mail)
        return False
    # The content held links that open accounts; it has done its work.
    OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), content=b"", recipients=[], attempts=mail.attempts + 1)
    return True


def _put_off(mail: OutgoingMail) -> None:
    """Tries again after 1, 2, 4 … minutes; gives up after some nine hours, when the links in it are no use any more."""
    wait = timedelta(minutes=2**mail.attempts)
    values = {"attempts": models.F("attempts") + 1, "due_at": timezone.now() + wait}
    if mail.attempts + 1 >= ATTEMPTS:
        values |= {"due_at": timezone.now() + timedelta(days=36500), "content": b"", "recipients": []}
    OutgoingMail.objects.filter(pk=mail.pk).update(**values)


def _hand_over(content: bytes, recipients: list[str]) -> None:
    if settings.EMAIL_RELAY.scheme == "file":
        _write_file(Path(settings.EMAIL_RELAY.folder), content)
    else:
        _relay(content, recipients)


def _write_file(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / f"{timezone.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}.eml").write_bytes(content)


def _relay(content: bytes, recipients: list[str]) -> None:
    relay = settings.EMAIL_RELAY
    smtp = Smtp(
        host=relay.host,
        port=relay.port,
        username=relay.user,
        password=relay.password,
        use_tls=relay.scheme == "smtp+tls",
        use_ssl=relay.scheme == "smtps",
        timeout=20,
    )
    smtp.open()
    try:
        sender, *to = [smtp.prep_address(address) for address in (settings.DEFAULT_FROM_EMAIL, *recipients)]
        smtp.connection.sendmail(sender, to, content)
    finally:
        smtp.close()

"""The worker's round in, the mails that arrived out: what a colleague would find in the letter box."""

import email
import email.message
import email.policy
import re
from pathlib import Path

from django.conf import settings

from accounts.tasks import send_mail


def arrived() -> list[email.message.EmailMessage]:
    """Sends what waits; every mail that is in the folder, oldest first."""
    send_mail()
    files = sorted(Path(settings.EMAIL_RELAY.folder).glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def last() -> email.message.EmailMessage:
    return arrived()[-1]


def text_of(mail: email.message.EmailMessage) -> str:
    return mail.get_body(["plain"]).get_content()


def link_in(mail: email.message.EmailMessage) -> str:
    """The path of the link in the mail that does something; checks that it leads to us."""
    (path,) = set(re.findall(rf"{settings.BASE_URL}(/(?:account|t)/\S+)", text_of(mail)))
    return path

"""Who has the mailbox: six digits to the address on file; the digits come back, and the row that proves it goes out. Leaves `ViewCode`."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from accounts import tenancy
from consent.models import ViewCode
from consent.portal import letters, limits, sessions
from customers.models import Customer

VALID = timedelta(minutes=15)
TRIES = 5
MOST = {timedelta(hours=1): 5, timedelta(days=1): 10}  # codes a customer: fifty guesses a day among a million
MOST_A_CALLER = 20  # codes an hour from one IP address, whoever they are for


def send(customer: Customer, *, ip: str) -> None:
    """Says nothing of whether it did: not without an address, and not too often."""
    now = timezone.now()
    if not customer.email or _is_too_often(customer, now) or not limits.take("code", ip, most=MOST_A_CALLER):
        return
    digits = f"{secrets.randbelow(1_000_000):06}"
    ViewCode.objects.create(customer=customer, digest=_digest(customer, digits), sent_at=now, expires_at=now + VALID)
    letters.code(customer.email, digits, language=translation.get_language())


def check(customer: Customer, typed: str) -> ViewCode | None:
    """The row, used from now on, when these are the digits of the newest code; spaces do not matter. Each look is a try."""
    now = timezone.now()
    newest = ViewCode.objects.select_for_update().filter(customer=customer).order_by("-sent_at", "-pk").first()
    if newest is None or newest.used_at or newest.expires_at <= now or newest.tries >= TRIES:
        return None
    is_right = hmac.compare_digest(bytes(newest.digest), _digest(customer, "".join(typed.split())))
    newest.tries += 1
    if is_right:
        newest.used_at, newest.expires_at, newest.digest = now, now + sessions.LASTS, b""
    newest.save(update_fields=["tries", "used_at", "expires_at", "digest"])
    return newest if is_right else None


def _is_too_often(customer: Customer, now: datetime) -> bool:
    sent = ViewCode.objects.filter(customer=customer)
    return any(sent.filter(sent_at__gt=now - within).count() >= most for within, most in MOST.items())


def _digest(customer: Customer, digits: str) -> bytes:
    return salted_hmac("consent.portal.code", f"{tenancy.current().pk} {customer.pk} {digits}", algorithm="sha256").digest()

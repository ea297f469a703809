"""A customer and what they may do in, an opaque text for an address out and back. Leaves no row: thousands a second can be made.

Two grades (privacy.md PP2). *Act*: stands in every message, holds for years, may be forwarded, so it stops things and shows nobody.
*View*: in the cookie of who proved that the mailbox is theirs; names the row of the code that proved it.
Both are AES-SIV (RFC 5297) under a key of their own a tenant and a grade, derived from SECRET_KEY: a token of another tenant, a forged,
a cut and an old one are refused by the same steps (PP10).
"""

import base64
import struct
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils import timezone

from accounts import tenancy

ACT, VIEW = b"act", b"view"
VALID = timedelta(days=5 * 366)
HEAD = struct.Struct(">IQB")  # minutes since 1970, row id, place of the channel
# The places stand in links that hold for years: add at the end, never take away.
CHANNELS = ("", "email", "sms", "push", "post", "phone", "site", "all")
LONGEST = 200
TAG = 16  # bytes that AES-SIV puts before what it hides


class NoToken(Exception):
    """Not a token of this tenant, or no longer. The reader is told the same whatever the fault."""


class Act(NamedTuple):
    """`purpose_key` and `channel`: what the message was about; "" for a link to everything."""

    customer_id: int
    purpose_key: str
    channel: str
    issued_at: datetime


def act(customer_id: int, *, purpose_key: str = "", channel: str = "", issued_at: datetime | None = None) -> str:
    """The same for the same: a message that is made twice has one link."""
    head = HEAD.pack(_minutes(issued_at or timezone.now()), customer_id, CHANNELS.index(channel))
    return _seal(ACT, head + purpose_key.encode())


def read(text: str) -> Act:
    """Raises NoToken."""
    minutes, customer_id, place, rest = _open(ACT, text)
    issued_at = datetime.fromtimestamp(minutes * 60, UTC)
    if issued_at + VALID < timezone.now():
        raise NoToken
    return Act(customer_id, rest.decode(), CHANNELS[place], issued_at)


def view(code_id: int) -> str:
    """For the cookie; how long it holds stands in the row of the code."""
    return _seal(VIEW, HEAD.pack(_minutes(timezone.now()), code_id, 0))


def read_view(text: str) -> int:
    """Raises NoToken."""
    return _open(VIEW, text)[1]


def _minutes(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _seal(grade: bytes, content: bytes) -> str:
    return base64.urlsafe_b64encode(_keys(grade)[0].encrypt(content, [grade])).rstrip(b"=").decode()


def _open(grade: bytes, text: str) -> tuple[int, int, int, bytes]:
    """Every key is tried, also after one that fits: a wrong text takes as long as a right one."""
    content = None
    for key in _keys(grade):
        try:
            content = key.decrypt(_bytes(text), [grade])
        except InvalidTag:
            continue
    if content is None:
        raise NoToken
    return *HEAD.unpack(content[: HEAD.size]), content[HEAD.size :]


def _bytes(text: str) -> bytes:
    """What is no base 64 becomes bytes that open nothing, so that it is looked at like any other."""
    try:
        found = base64.urlsafe_b64decode(text[:LONGEST].encode() + b"==")
    except ValueError:
        found = b""
    return found if len(found) >= TAG + HEAD.size else bytes(TAG + HEAD.size)


def _keys(grade: bytes) -> list[AESSIV]:
    """The key in use first, then those of earlier SECRET_KEYs: links in mails live longer than a key."""
    tenant_id = tenancy.current().pk
    return [_key(secret, tenant_id, grade) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


@lru_cache(maxsize=10_000)
def _key(secret: str, tenant_id: int, grade: bytes) -> AESSIV:
    info = b"portal " + grade + b" " + str(tenant_id).encode()
    return AESSIV(HKDF(SHA256(), length=64, salt=None, info=info).derive(secret.encode()))

"""Row ids in, opaque ids of 13 characters out and back: a keyed permutation of 64 bits, one key a tenant.

Ids come from sequences that all tenants share, so a bare id in an address would tell one tenant how much the others do.
A four-round Feistel network with a keyed hash is a permutation without a table (Luby & Rackoff, 1988).
"""

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Tenant

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
LENGTH = 13
PATTERN = f"[{ALPHABET}]{{{LENGTH}}}"
ROUNDS = range(4)
HALF = 0xFFFFFFFF


class NotAnId(ValueError):
    """The text is no id of this tenant."""


def encode(tenant: "Tenant", row_id: int) -> str:
    left, right = row_id >> 32, row_id & HALF
    for step in ROUNDS:
        left, right = right, left ^ _mix(tenant, step, right)
    return _letters(left << 32 | right)


def decode(tenant: "Tenant", text: str) -> int:
    """Raises NotAnId when `text` is malformed or belongs to another tenant (an id is positive and under 2**53)."""
    number = _number(text)
    left, right = number >> 32, number & HALF
    for step in reversed(ROUNDS):
        left, right = right ^ _mix(tenant, step, left), left
    row_id = left << 32 | right
    if not 0 < row_id < 2**53:
        raise NotAnId(text)
    return row_id


def _mix(tenant: "Tenant", step: int, half: int) -> int:
    digest = blake2b(half.to_bytes(4), digest_size=4, key=bytes(tenant.id_key), salt=bytes([step]))
    return int.from_bytes(digest.digest())


def _letters(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def _number(text: str) -> int:
    if len(text) != LENGTH or text[0] not in ALPHABET[:16] or any(letter not in ALPHABET for letter in text):
        raise NotAnId(text)
    number = 0
    for letter in text:
        number = number << 5 | ALPHABET.index(letter)
    return number

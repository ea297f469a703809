"""A write key in, whose it is out: tenant and source, remembered for seconds so that a request costs one insert. Leaves no row."""

import time
from typing import NamedTuple

from accounts import tenancy
from accounts.models import Tenant
from customers.ingest.limits import KEY_LENGTH
from customers.ingest.refusals import UnknownKey
from customers.models import Source

REMEMBERED = 5.0  # seconds until a closed source or a renewed key is noticed by every process
MOST = 10_000  # keys that are remembered, and as many wrong ones


class Sender(NamedTuple):
    tenant: Tenant
    source_id: int


_known: dict[str, tuple[float, Sender]] = {}
_unknown: dict[str, float] = {}


def find(write_key: str) -> Sender:
    """Raises UnknownKey for a key that was never given out, was renewed, or whose source is closed."""
    now = time.monotonic()
    until, sender = _known.get(write_key, (0.0, None))
    if sender and now < until:
        return sender
    if now < _unknown.get(write_key, 0.0):
        raise UnknownKey
    sender = _look_up(write_key)
    if sender is None:
        _remember(_unknown, write_key, now + REMEMBERED)
        raise UnknownKey
    _remember(_known, write_key, (now + REMEMBERED, sender))
    return sender


def forget() -> None:
    """In this process: what was remembered is looked up anew."""
    _known.clear()
    _unknown.clear()


def _look_up(write_key: str) -> Sender | None:
    slug, has_secret, _ = write_key.partition("_")  # a slug has no underscore
    if not has_secret or len(write_key) > KEY_LENGTH or "\x00" in write_key or not write_key.isascii():
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        return None
    with tenancy.scope(tenant):
        source_id = Source.objects.open().filter(write_key=write_key).values_list("pk", flat=True).first()
    return Sender(tenant, source_id) if source_id else None


def _remember(memory: dict, key: str, value: object) -> None:
    if len(memory) >= MOST:
        memory.clear()
    memory[key[: KEY_LENGTH + 1]] = value

"""A subject's own key in, its evidence sealed or readable out: AES-256-GCM (NIST SP 800-38D), a key wrapped under one of its tenant.

Destroying the wrapped key destroys what was sealed with it, in every backup too that does not hold the key.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12
Fields = Mapping[str, tuple[str, str]]  # name -> salt in hex, value


class KeyLost(Exception):
    """No SECRET_KEY that is configured opens this key. Give the earlier one in SECRET_KEY_FALLBACKS; a retry alone does not help."""


class Unreadable(Exception):
    """Sealed evidence that its own key does not open: it was changed. A retry does not help."""


def make(tenant_id: int, ref: UUID) -> bytes:
    """A new random key, as `SubjectKey.wrapped` holds it."""
    return _seal(_wrapping(settings.SECRET_KEY, tenant_id), os.urandom(32), ref.bytes)


def unwrap(tenant_id: int, ref: UUID, wrapped: bytes) -> AESGCM:
    """Also what an earlier SECRET_KEY wrapped. Raises KeyLost."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_open(_wrapping(secret, tenant_id), wrapped, ref.bytes))
        except InvalidTag:
            continue
    raise KeyLost(f"The key of subject {ref} in the consent log was made under a SECRET_KEY that is not configured any more.")


def rewrap(tenant_id: int, ref: UUID, wrapped: bytes) -> bytes:
    """The same key under today's SECRET_KEY, so that an earlier one can go. Raises KeyLost."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            key = _open(_wrapping(secret, tenant_id), wrapped, ref.bytes)
        except InvalidTag:
            continue
        return _seal(_wrapping(settings.SECRET_KEY, tenant_id), key, ref.bytes)
    raise KeyLost(f"The key of subject {ref} in the consent log was made under a SECRET_KEY that is not configured any more.")


def seal(key: AESGCM, event_id: UUID, fields: Fields) -> bytes:
    return _seal(key, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), event_id.bytes)


def unseal(key: AESGCM, event_id: UUID, sealed: bytes) -> dict[str, tuple[str, str]]:
    """Raises Unreadable."""
    try:
        fields = json.loads(_open(key, sealed, event_id.bytes))
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"The evidence of event {event_id} was changed.") from error
    return {name: (salt, value) for name, (salt, value) in fields.items()}


def _seal(key: AESGCM, text: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, text, bound_to)


def _open(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    return key.decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), bound_to)


@lru_cache(maxsize=256)
def _wrapping(secret: str, tenant_id: int) -> AESGCM:
    """Deriving takes longer than sealing, so a process does it once a tenant."""
    info = f"consent ledger subject keys {tenant_id}".encode()
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=info).derive(secret.encode()))

"""A short secret in, an encrypted text out and back: what the database must hold but whoever reads its backup must not."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str, *, use: str) -> str:
    """Encrypts with a key of its own for this `use`, derived from SECRET_KEY (HKDF, RFC 5869)."""
    return _keys(use).encrypt(text.encode()).decode()


def unseal(text: str, *, use: str) -> str:
    """Also what an earlier SECRET_KEY sealed. Raises cryptography.fernet.InvalidToken for anything else."""
    return _keys(use).decrypt(text.encode()).decode()


def _keys(use: str) -> MultiFernet:
    return MultiFernet([_key(secret, use) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str, use: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=use.encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))

"""Random words that open something: made here, shown once, kept as a SHA-256 hash (256 random bits need no slow hash)."""

import hashlib
import secrets

BYTES = 32


def new() -> str:
    """43 letters that hold 256 random bits (ASVS 11.5.1 asks for 128)."""
    return secrets.token_urlsafe(BYTES)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, kept: str) -> bool:
    return secrets.compare_digest(hash_of(secret), kept)

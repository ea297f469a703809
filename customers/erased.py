"""Claims of who somebody is in, those that were erased out; leaves `ErasedIdentifier` rows. What is erased stays away (DS9).

The digest is HMAC-SHA-256 (RFC 2104) under a key derived from SECRET_KEY and the tenant: the table alone says nothing of whom it holds.
"""

import hmac
from collections.abc import Collection, Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from accounts import tenancy
from customers.identity import Claim
from customers.models import ErasedIdentifier, Identifier

LASTING = (Identifier.Kind.EMAIL, Identifier.Kind.PHONE, Identifier.Kind.EXTERNAL)  # a device may be somebody else's tomorrow


def note(claims: Iterable[Claim]) -> None:
    digests = [digests_of(claim)[0] for claim in claims if claim.kind in LASTING]
    ErasedIdentifier.objects.bulk_create([ErasedIdentifier(digest=each) for each in set(digests)], ignore_conflicts=True)


def note_digests(digests: Collection[bytes]) -> None:
    """As `note`, from a journal."""
    ErasedIdentifier.objects.bulk_create([ErasedIdentifier(digest=each) for each in digests], ignore_conflicts=True)


def among(claims: Iterable[Claim]) -> set[Claim]:
    """Those that were erased."""
    if not ErasedIdentifier.objects.exists():
        return set()
    by_digest = {digest: claim for claim in set(claims) if claim.kind in LASTING for digest in digests_of(claim)}
    found = ErasedIdentifier.objects.filter(digest__in=list(by_digest)).values_list("digest", flat=True)
    return {by_digest[bytes(digest)] for digest in found}


def forgive_digests(digests: Collection[bytes]) -> None:
    """They have come back by themselves, and proved the address to be theirs."""
    ErasedIdentifier.objects.filter(digest__in=list(digests)).delete()


def digests_of(claim: Claim) -> list[bytes]:
    """Under the key in use first, then under those before it."""
    said = f"{claim.kind}\x1f{claim.space}\x1f{claim.value}".encode()
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hmac.digest(_key(secret, tenancy.current().pk), said, "sha256") for secret in secrets]


@lru_cache(maxsize=256)
def _key(secret: str, tenant_id: int) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"customers.erased {tenant_id}".encode()).derive(secret.encode())

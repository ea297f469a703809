"""A text in, a signed note out (C2SP signed-note, Ed25519 after RFC 8032): with the one key of the tenant that is in use now."""

import base64
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils import timezone

from accounts import tenancy, vault
from consent.ledger import appending, subjects
from consent.ledger.appending import Entry
from consent.ledger.keys import KeyLost
from consent.models import SigningKey

USE = "consent ledger signing key"
ED25519 = b"\x01"  # the kind of key in the note format


def current() -> SigningKey:
    """The key in use; the first is made when it is asked for, and logged under the tenant's own subject."""
    return SigningKey.objects.filter(retired_at=None).first() or renew()


def renew() -> SigningKey:
    """A new key from now on; notes that the old one signed stay good. Whoever holds old copies finds both keys in the log."""
    now, private = timezone.now(), Ed25519PrivateKey.generate()
    appending.lock([subjects.of_tenant()])  # of two at once, the second waits
    SigningKey.objects.filter(retired_at=None).update(retired_at=now)
    key = SigningKey.objects.create(
        name=f"{urlsplit(settings.BASE_URL).netloc}/{tenancy.current().slug}",
        public=private.public_key().public_bytes_raw(),
        private_sealed=vault.seal(private.private_bytes_raw().hex(), use=USE),
        created_at=now,
    )
    fields = {"kind": "signing_key", "key": verifier_key(key), "recorded_at": now.isoformat()}
    appending.append([Entry(subjects.of_tenant(), fields)])
    return key


def sign(key: SigningKey, text: bytes) -> bytes:
    """Raises KeyLost when no SECRET_KEY opens the private half: make a new key then."""
    try:
        private = vault.unseal(key.private_sealed, use=USE)
    except InvalidToken as error:
        raise KeyLost(f"The signing key {key.name} was made under a SECRET_KEY that is not configured any more.") from error
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private)).sign(text)


def note(key: SigningKey, *lines: str) -> str:
    """The first line names the log; an empty line, then the signature."""
    text = "".join(f"{line}\n" for line in lines)
    signature = base64.b64encode(key_hash(key) + sign(key, text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def is_signed(note: str, keys: dict[bytes, SigningKey]) -> bool:
    """By one of these keys, by their hash (`by_hash`)."""
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix("— ").rpartition(" ")
        signed = _decoded(encoded)
        key = keys.get(signed[:4])
        if key and key.name == name and is_good(key, f"{text}\n".encode(), signed[4:]):
            return True
    return False


def is_good(key: SigningKey, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes(key.public)).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def by_hash() -> dict[bytes, SigningKey]:
    return {key_hash(key): key for key in SigningKey.objects.order_by("pk")}


def key_hash(key: SigningKey) -> bytes:
    return sha256(key.name.encode() + b"\n" + ED25519 + bytes(key.public)).digest()[:4]


def verifier_key(key: SigningKey) -> str:
    """As others write it down to check with: name+hash+key (C2SP signed-note)."""
    return f"{key.name}+{key_hash(key).hex()}+{base64.b64encode(ED25519 + bytes(key.public)).decode()}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""

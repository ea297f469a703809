"""An address in, `Suppression` rows out: who is not written to, without a list of who that is.

The digest is two rounds of SHA-256 with two secrets of the tenant (the nested construction of HMAC, RFC 2104), in a form that SQL can
compute as well, so that the gate joins on it. It survives an erasure: whoever has the address can ask, nobody can read it back.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts import tenancy, vault
from accounts.models import User
from consent.models import Channel, Pepper, Suppression
from customers import staging
from customers.identity import claims

Kind = Suppression.Kind
USE = "consent.suppressions"
PHONES = (Channel.SMS, Channel.PHONE)

# Given a text and the two secrets, the digest, as an expression of SQL: see `digest`.
DIGEST = "sha256(%(outer)s::bytea || sha256(%(inner)s::bytea || convert_to({address}, 'UTF8')))"

# Adds what does not stand yet; answers nothing.
ADD = """
INSERT INTO consent_suppression (tenant_id, digest, channel, kind, domain, note, since, by_id)
SELECT %(tenant)s, d, %(channel)s, %(kind)s, '', %(note)s, %(at)s, %(by)s FROM unnest(%(digests)s::bytea[]) AS d
ON CONFLICT (tenant_id, digest, channel, kind) WHERE lifted_at IS NULL DO NOTHING
"""


def secrets_of_tenant() -> dict[str, bytes]:
    """`inner` and `outer`, for `DIGEST`. Made the first time."""
    pepper = Pepper.objects.first()
    if pepper is None:
        Pepper.objects.bulk_create([Pepper(sealed=vault.seal(secrets.token_hex(64), use=USE))], ignore_conflicts=True)
        pepper = Pepper.objects.get()
    both = bytes.fromhex(vault.unseal(pepper.sealed, use=USE))
    return {"inner": both[:32], "outer": both[32:]}


def digest(address: str, channel: str = Channel.EMAIL) -> bytes:
    """Of the address as customers have it. Raises ValueError for what is no address."""
    return digests([(address, channel)])[0]


def digests(addresses: Iterable[tuple[str, str]]) -> list[bytes]:
    """As `digest`, of many, each with its channel: the secrets are asked for once."""
    known = secrets_of_tenant()
    inner = [hashlib.sha256(known["inner"] + normal(address, channel).encode()).digest() for address, channel in addresses]
    return [hashlib.sha256(known["outer"] + each).digest() for each in inner]


def normal(address: str, channel: str = Channel.EMAIL) -> str:
    """Small letters for e-mail, +31… for phones: the same as in the identifiers of a customer."""
    if channel in PHONES:
        return claims.phone(address, tenancy.current().country).value
    return claims.email(address).value


def add(address: str, kind: str, *, channel: str = Channel.EMAIL, by: User | None = None, note: str = "") -> None:
    """For kind "domain" the address is a domain. Once is enough: what stands already stays as it is."""
    if kind == Kind.DOMAIN:
        _add_domain(address, channel, by, note)
        return
    add_digests([digest(address, channel)], kind, channel=channel, by=by, note=note)


def add_digests(digests: Iterable[bytes], kind: str, *, channel: str, by: User | None = None, note: str = "") -> None:
    values = {"digests": list(digests), "kind": kind, "channel": channel, "note": note, "by": by.pk if by else None}
    staging.run(ADD, {**values, "at": timezone.now()})


def find(address: str, channel: str = Channel.EMAIL) -> list[Suppression]:
    """Those that stand for this address, its domain included, newest first. Raises ValueError."""
    domain = normal(address, channel).rpartition("@")[2] if channel not in PHONES else ""
    same = Q(digest=digest(address, channel)) | Q(kind=Kind.DOMAIN, domain=domain)
    return list(Suppression.objects.standing().filter(same).order_by("-since"))


def lift(rows: Iterable[Suppression], *, by: User | None = None, at: datetime | None = None) -> int:
    """An erased address and a complaint are not lifted by a colleague: only the customer's own confirmed consent does (DS9, BC3)."""
    free = [row.pk for row in rows if row.kind not in (Kind.ERASED, Kind.COMPLAINT) or by is None]
    return Suppression.objects.standing().filter(pk__in=free).update(lifted_at=at or timezone.now(), lifted_by=by)


def welcome_back(address: str, channel: str = Channel.EMAIL) -> int:
    """After a fresh confirmed consent: what the customer's own no had put up falls; a bounce or a block by a colleague stays."""
    own = Suppression.objects.standing().filter(
        digest=digest(address, channel), kind__in=[Kind.ERASED, Kind.OBJECTION, Kind.COMPLAINT], channel__in=[channel, Channel.ALL]
    )
    return own.update(lifted_at=timezone.now())


def lift_digests(digests: Collection[bytes], kind: str) -> int:
    return Suppression.objects.standing().filter(digest__in=list(digests), kind=kind).update(lifted_at=timezone.now())


def _add_domain(domain: str, channel: str, by: User | None, note: str) -> None:
    domain = domain.strip().lower().strip("@.")
    if "." not in domain or "@" in domain or " " in domain:
        raise ValueError(domain)
    values = {"digest": hashlib.sha256(domain.encode()).digest(), "channel": channel, "kind": Kind.DOMAIN, "domain": domain}
    rows = [Suppression(**values, note=note, since=timezone.now(), by=by)]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def is_erased(address: str, channel: str = Channel.EMAIL) -> bool:
    return any(row.kind == Kind.ERASED for row in find(address, channel))

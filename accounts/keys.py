"""API keys: a name and scopes in, the key's text out, once; later the text in, the `ApiKey` behind the wall out."""

import re
import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from accounts import secrets, tenancy
from accounts.models import ApiKey, Tenant, User

OVERLAP = timedelta(days=7)
USE_IS_NOTED_EVERY = timedelta(minutes=1)
MARK = "portret"
SHAPE = re.compile(rf"{MARK}_(?P<slug>[a-z0-9-]+)_(?P<prefix>[0-9a-f]+)_(?P<secret>[A-Za-z0-9_-]+)")


class UnknownKey(Exception):
    """No such key, or it has expired or was revoked; a retry does not help. Says nothing about which."""


class AlreadyRenewed(Exception):
    """This key has a successor; a retry does not help. Renew that one."""


@dataclass(frozen=True)
class Issued:
    """A new key and its text, which nobody can show again."""

    key: ApiKey
    text: str


def issue(key: ApiKey) -> Issued:
    """Saves a new key and gives it its secret."""
    secret = secrets.new()
    key.prefix = random.token_hex(4)
    key.secret_hash = secrets.hash_of(secret)
    key.save()
    return Issued(key, f"{MARK}_{tenancy.current().slug}_{key.prefix}_{secret}")


def rotate(key: ApiKey, *, by: User, lifetime: timedelta, overlap: timedelta = OVERLAP) -> Issued:
    """A successor with the same scopes; the old key works on for `overlap`, so that a partner can change over at ease.

    A key has one successor: raises AlreadyRenewed, also for the second of two who renew it at the same moment.
    """
    now = timezone.now()
    ApiKey.objects.select_for_update().get(pk=key.pk)
    if ApiKey.objects.filter(replaces=key).exists():
        raise AlreadyRenewed
    copied = {name: getattr(key, name) for name in ("name", "scopes", "purposes")}
    issued = issue(ApiKey(**copied, created_by=by, expires_at=now + lifetime, replaces=key))
    key.expires_at = min(key.expires_at, now + overlap)
    key.save(update_fields=["expires_at"])
    return issued


def revoke(key: ApiKey) -> bool:
    """Ends a key at once. False when it had ended already: a second time changes nothing."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()))


def tenant_of(text: str) -> Tenant:
    """The tenant that a key names itself; the scope for `find`. Raises UnknownKey."""
    tenant = Tenant.objects.filter(slug=_parts(text)["slug"]).first()
    if tenant is None:
        raise UnknownKey
    return tenant


def find(text: str, *, ip: str | None) -> ApiKey:
    """The active key with this text, in the open scope; notes that it was used. Raises UnknownKey."""
    parts = _parts(text)
    key = ApiKey.objects.active().filter(prefix=parts["prefix"]).first()
    if key is None or not secrets.matches(parts["secret"], key.secret_hash):
        raise UnknownKey
    _note_use(key, now=timezone.now(), ip=ip)
    return key


def _parts(text: str) -> re.Match[str]:
    """Raises UnknownKey for a text that no key of ours could be; so nothing odd reaches the database."""
    if parts := SHAPE.fullmatch(text):
        return parts
    raise UnknownKey


def _note_use(key: ApiKey, *, now: datetime, ip: str | None) -> None:
    """At most one write a minute a key, however busy it is."""
    stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_from=ip)

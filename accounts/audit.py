"""Who did what to which row in; leaves an `AuditEntry` in the tenant of the open scope, in the same transaction as the act."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import HttpRequest

from accounts import origin
from accounts.models import ApiKey, AuditEntry, User

Action = AuditEntry.Action
SECRET_FIELDS = frozenset({"secret_hash", "token_hash", "id_key", "password"})


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where: what an entry says of it."""

    kind: AuditEntry.Actor = AuditEntry.Actor.SYSTEM
    id: int | None = None
    name: str = ""
    ip: str | None = None
    user_agent: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Actor":
        key = getattr(request, "auth", None)
        where = {
            "ip": origin.client_ip(request),
            "user_agent": request.headers.get("User-Agent", "")[:300],
            "request_id": getattr(request, "request_id", ""),
        }
        if isinstance(key, ApiKey):
            return cls(AuditEntry.Actor.KEY, key.pk, key.name, **where)
        return cls.user(request.user, **where) if request.user.is_authenticated else cls(**where)

    @classmethod
    def user(cls, user: User, **where: Any) -> "Actor":
        return cls(AuditEntry.Actor.USER, user.pk, str(user)[:254], **where)


SYSTEM = Actor()


def record(
    actor: Actor,
    action: AuditEntry.Action,
    on: models.Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Appends one entry. `before` and `after` are the values as `values_of` gives them; secrets never get in."""
    return AuditEntry.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        ip=actor.ip,
        user_agent=actor.user_agent,
        request_id=actor.request_id,
        action=action,
        object_kind=on._meta.model_name if on else "",
        object_id=on.pk if on else None,
        object_name=_name(on)[:254],
        before=before,
        after=after,
    )


def record_all(actor: Actor, action: AuditEntry.Action, after: list[dict[str, Any]]) -> None:
    """As `record`, of one act on many, in one statement."""
    who = {name: getattr(actor, name) for name in ("ip", "user_agent", "request_id")}
    who |= {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name, "action": action}
    AuditEntry.objects.bulk_create([AuditEntry(**who, after=each) for each in after])


def values_of(row: models.Model, *fields: str) -> dict[str, Any]:
    """The named fields of a row (all of its own, without secrets, when none is named), ready for `before` and `after`."""
    names = fields or [field.name for field in row._meta.local_fields if field.name not in SECRET_FIELDS | {"id", "tenant"}]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model | models.fields.files.FieldFile) else value


def _name(on: models.Model | None) -> str:
    """`audit_name` of a row whose own name must not stay in a log that is never changed: a customer may be erased."""
    return str(getattr(on, "audit_name", None) or getattr(on, "user", on)) if on else ""

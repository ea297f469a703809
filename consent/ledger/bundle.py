"""The whole log of a tenant in, the lines of a bundle out (docs/verify.md): what anybody needs to check it without our code or database."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from accounts import tenancy
from accounts.models import Tenant
from consent.ledger import hashing, keys, signing, tree, walking
from consent.ledger.walking import Line
from consent.models import Checkpoint, SigningKey

FORMAT = "portret-consent-log/1"


def lines(tenant: Tenant) -> Iterator[str]:
    """Each with its newline, a part a transaction: header, keys, checkpoints, events as in the tree, those that wait, the end."""
    with tenancy.scope(tenant):
        size = tree.size()
        head = [_line(each) for each in _head(tenant, size)]
    yield from head
    count = 0
    for part in _parts(tenant, size):
        yield from part
        count += len(part)
    yield _line({"end": {"events": count}})


def _parts(tenant: Tenant, size: int) -> Iterator[list[str]]:
    """No transaction is open while whoever reads these is slow."""
    for start in range(0, size, walking.PART):
        with tenancy.scope(tenant):
            placed = sorted(walking.in_tree(start, min(start + walking.PART, size)), key=lambda line: line.place)
            part = [_line({"event": _event(line, line.place)}) for line in placed]
        yield part
    after, part = 0, [""]
    while part:
        with tenancy.scope(tenant):
            waiting = walking.waiting(size, after=after)
            part = [_line({"event": _event(line, None)}) for line in waiting]
        after = waiting[-1].place if waiting else after
        yield part


def _head(tenant: Tenant, size: int) -> Iterator[dict[str, Any]]:
    at = timezone.now().isoformat()
    yield {"log": {"format": FORMAT, "tenant": tenant.pk, "organisation": tenant.name, "size": size, "exported_at": at}}
    for key in SigningKey.objects.order_by("pk"):
        retired = key.retired_at.isoformat() if key.retired_at else None
        yield {"key": {"key": signing.verifier_key(key), "since": key.created_at.isoformat(), "retired": retired}}
    for note, signed_at in Checkpoint.objects.filter(tree_size__lte=size).order_by("tree_size").values_list("note", "at"):
        yield {"checkpoint": {"note": note, "at": signed_at.isoformat()}}


def _event(line: Line, index: int | None) -> dict[str, Any]:
    if line.leaf is None:
        return {"index": index, "event": str(line.event_id), "leaf": (line.placed or b"").hex()}
    return {
        "index": index,
        "event": str(line.event_id),
        "subject": str(line.ref),
        "seq": line.seq,
        "prev": line.before.hex(),
        "root": line.root.hex(),
        "leaf": (line.placed or line.leaf).hex(),
        "digests": _digests(line),
        "open": _opened(line),
    }


def _digests(line: Line) -> dict[str, str]:
    """Nothing where they were damaged: the verifier finds that."""
    try:
        return {name: digest.hex() for name, digest in hashing.unpack(line.digests or b"").items()}
    except ValueError:
        return {}


def _opened(line: Line) -> dict[str, Any]:
    """The fields that can be read, each with its salt; nothing where the key was destroyed or lost, or the evidence does not open."""
    if line.sealed is None or line.wrapped is None:
        return {}
    try:
        return dict(keys.unseal(keys.unwrap(tenancy.current().pk, line.ref, line.wrapped), line.event_id, line.sealed))
    except (keys.KeyLost, keys.Unreadable):
        return {}


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"

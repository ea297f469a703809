"""Rows of the log for tests, made the one way there is: by its functions."""

import uuid

from accounts.tenancy.rows import TenantModel
from consent.ledger import appending, subjects, tree
from consent.ledger.appending import Entry
from consent.models import Checkpoint, Leaf, Node, Subject, SubjectKey

FIELDS = {"kind": "consent", "purpose": "newsletter", "channel": "email", "state": "given", "ip": "203.0.113.9"}


def subject() -> int:
    (made,) = subjects.of_customers([uuid.uuid4().int % 10**12]).values()
    return made


def log(count: int = 1, *, subject_id: int | None = None, **fields: str) -> list[uuid.UUID]:
    of = subject_id or subject()
    return appending.append([Entry(of, FIELDS | fields) for _ in range(count)])


def make(model: type[TenantModel]) -> TenantModel:
    """A row of any table that only functions write."""
    if not Checkpoint.objects.exists():
        log(2)
        tree.sequence()
        tree.checkpoint()
    if model in (Leaf, Node, Checkpoint):
        return model.objects.first()
    subject_id = subject()
    if model is Subject:
        return Subject.objects.get(pk=subject_id)
    if model is SubjectKey:
        return SubjectKey.objects.get(subject_id=subject_id)
    return model.objects.get(event_id=log(subject_id=subject_id)[0])

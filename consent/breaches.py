"""What went wrong in; a `Breach` row with its clock of 72 hours, and whose data somebody reached, out (Art. 33, 34 GDPR; BA3, BA4)."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from accounts import audit
from accounts.audit import Action, Actor
from accounts.models import AuditEntry, User
from consent.models import Breach

SEEN = (Action.CUSTOMER_VIEWED, Action.CONSENT_VIEWED, Action.PACKAGE_DOWNLOADED)
TAKEN = (Action.AUDIT_EXPORTED, Action.REGISTER_EXPORTED, Action.LEDGER_EXPORTED, Action.IMPORT_EXPORTED, Action.PACKAGE_DOWNLOADED)


class Reach(NamedTuple):
    """What somebody could see or take away in a window of time."""

    customers: int  # whose page was opened
    looks: int
    exports: int
    by: list[tuple[str, int]]  # who, how often; the most first


def record(breach: Breach, *, by: User, actor: Actor) -> Breach:
    breach.created_by = by
    breach.save()
    audit.record(actor, Action.BREACH_RECORDED, breach, after=audit.values_of(breach))
    return breach


def change(breach: Breach, before: dict, *, actor: Actor) -> Breach:
    breach.save()
    audit.record(actor, Action.BREACH_CHANGED, breach, before=before, after=audit.values_of(breach))
    return breach


def waiting() -> int:
    """How many still wait for somebody to be told."""
    return sum(each.waits for each in Breach.objects.all())


def hours_left(breach: Breach) -> int:
    return int((breach.due_at - timezone.now()).total_seconds() // 3600)


def reach(since: datetime, until: datetime, *, who: str = "") -> Reach:
    """From the audit log: of whom the data was opened in that window, by anybody or by who has this name (a colleague or a key)."""
    entries = AuditEntry.objects.filter(at__gte=since, at__lte=until)
    entries = entries.filter(actor_name__icontains=who) if who else entries
    seen = entries.filter(action__in=SEEN)
    names: dict[str, int] = {}
    for name in seen.values_list("actor_name", flat=True):
        names[name] = names.get(name, 0) + 1
    customers = seen.filter(object_kind="customer").values("object_id").distinct().count()
    most = sorted(names.items(), key=lambda each: -each[1])[:10]
    return Reach(customers, seen.count(), entries.filter(action__in=TAKEN).count(), most)

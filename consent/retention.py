"""Terms in, rows that are past them gone: each night, in batches, and twice is once (RT2). A dry run counts and removes nothing.

Attributes and events carry their own terms; what is neither has a `RetentionRule`, or the usual term of `USUAL`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, tenancy
from accounts.audit import SYSTEM, Action, Actor
from accounts.models import Tenant
from consent.ledger import redacting
from consent.models import AccessPackage, RetentionRule
from consent.rights import erasing
from customers import identity, portrait
from customers.models import Attribute, Customer, EventType
from customers.staging import rows, run

About = RetentionRule.About
BATCH = 5_000

# Days, and why: what holds where the organisation says nothing else. None: not removed by age.
USUAL: dict[str, tuple[int | None, Any]] = {
    About.TRACKING: (183, gettext_lazy("Longer is not needed to learn from it.")),
    About.INACTIVE: (None, gettext_lazy("Not removed by age, until you choose a term.")),
    About.QUARANTINE: (30, gettext_lazy("Long enough to correct what went wrong.")),
    About.EVIDENCE_IP: (30, gettext_lazy("Enough to look into abuse.")),
    About.EVIDENCE: (erasing.PROOF_DAYS, gettext_lazy("As long as a consent may have to be shown.")),
    About.DECISIONS: (erasing.PROOF_DAYS, gettext_lazy("As long as a message may have to be explained.")),
}
# How long at most, and how short at least: what was measured goes within half a year, an address of a device within a month (RT4);
# and nobody erases by mistake who bought something this season.
MOST = {About.TRACKING: 183, About.EVIDENCE_IP: 30, About.EVIDENCE: 20 * 365}
LEAST = {About.INACTIVE: 180, About.EVIDENCE: 0}
# What customers opened, clicked and visited.
TRACKED = ("Email Opened", "Email Link Clicked", "Page Viewed", "Screen Viewed", "Product Viewed", "Product List Viewed")

# {row} is of nobody who asked to be kept and not used, by whichever of their rows (Art. 18 GDPR): of them nothing goes by age.
NOT_KEPT = """{row} NOT IN (
  SELECT f.id FROM consent_hold h JOIN customers_customer m ON m.tenant_id = h.tenant_id AND m.id = h.customer_id
    JOIN customers_customer f ON f.tenant_id = m.tenant_id AND COALESCE(f.root_id, f.id) = COALESCE(m.root_id, m.id)
   WHERE h.tenant_id = %(tenant)s AND h.kind = 'restricted')"""
EVENTS = f"""
SELECT e.id FROM customers_event e JOIN customers_eventtype t ON t.tenant_id = e.tenant_id AND t.id = e.type_id
 WHERE e.tenant_id = %(tenant)s AND {NOT_KEPT.format(row="e.customer_id")} AND {{which}} LIMIT %(most)s
"""  # noqa: S608 - only texts of this module
OF_TYPES = "t.kept_days IS NOT NULL AND e.occurred_at < %(now)s - make_interval(days => t.kept_days)"
OF_TRACKING = "t.name = ANY(%(names)s) AND t.kept_days IS NULL AND e.occurred_at < %(before)s"
QUARANTINED = "SELECT q.id FROM customers_quarantineditem q WHERE q.tenant_id = %(tenant)s AND q.received_at < %(before)s LIMIT %(most)s"
DECISIONS = "SELECT d.id FROM consent_decision d WHERE d.tenant_id = %(tenant)s AND d.at < %(before)s LIMIT %(most)s"
# Customers of whom nobody has heard since: no event, no change, no word on consent. Who asked something that is open, or asked to be kept
# and not used (Art. 18 GDPR), stays.
INACTIVE = f"""
SELECT c.id FROM customers_customer c
 WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NULL AND c.changed_at < %(before)s
   AND NOT EXISTS (SELECT FROM customers_event e WHERE e.tenant_id = c.tenant_id AND e.customer_id = c.id AND e.occurred_at >= %(before)s)
   AND NOT EXISTS (SELECT FROM consent_consentstate s WHERE s.tenant_id = c.tenant_id AND s.customer_id = c.id AND s.since >= %(before)s)
   AND NOT EXISTS (SELECT FROM consent_rightsrequest q WHERE q.tenant_id = c.tenant_id AND q.customer_id = c.id AND q.status = 'open')
   AND NOT EXISTS (SELECT FROM customers_customer m JOIN consent_consentstate s ON s.tenant_id = m.tenant_id AND s.customer_id = m.id
                    WHERE m.tenant_id = c.tenant_id AND m.root_id = c.id AND m.merged_into_id IS NOT NULL AND s.since >= %(before)s)
   AND NOT EXISTS (SELECT FROM customers_customer m JOIN consent_rightsrequest q ON q.tenant_id = m.tenant_id AND q.customer_id = m.id
                    WHERE m.tenant_id = c.tenant_id AND m.root_id = c.id AND m.merged_into_id IS NOT NULL AND q.status = 'open')
   AND {NOT_KEPT.format(row="c.id")}
 LIMIT %(most)s
"""  # noqa: S608 - only texts of this module
# Rows of customers of whom a source said a value longer ago than it is kept.
OLD_VALUES = f"""
SELECT r.customer_id FROM customers_sourcerecord r
 WHERE r.tenant_id = %(tenant)s
   AND (r.values ? %(key)s AND COALESCE((r.times ->> %(key)s)::timestamptz, r.said_at) < %(before)s
        OR r.earlier ? %(key)s
           AND EXISTS (SELECT FROM jsonb_array_elements(r.earlier -> %(key)s) said WHERE (said ->> 1)::timestamptz < %(before)s))
   AND {NOT_KEPT.format(row="r.customer_id")}
 LIMIT %(most)s
"""  # noqa: S608 - only texts of this module
FORGET_VALUES = """
UPDATE customers_sourcerecord r SET values = r.values - %(key)s, times = r.times - %(key)s, earlier = r.earlier - %(key)s
 WHERE r.tenant_id = %(tenant)s AND r.customer_id = ANY(%(ids)s) AND r.values ? %(key)s
   AND COALESCE((r.times ->> %(key)s)::timestamptz, r.said_at) < %(before)s
"""
# What a source said before the value that stands: each goes at the same term, counted from when it was said.
FORGET_EARLIER = """
UPDATE customers_sourcerecord r
   SET earlier = (r.earlier - %(key)s) || COALESCE((
         SELECT jsonb_build_object(%(key)s::text, jsonb_agg(said ORDER BY place))
           FROM jsonb_array_elements(r.earlier -> %(key)s) WITH ORDINALITY e(said, place)
          WHERE (said ->> 1)::timestamptz >= %(before)s HAVING count(*) > 0), '{}')
 WHERE r.tenant_id = %(tenant)s AND r.customer_id = ANY(%(ids)s) AND r.earlier ? %(key)s
"""
DELETE = "DELETE FROM {table} WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::bigint[])"
FORGET_DECISIONS = "SELECT consent_forget_decisions(%(before)s, %(most)s)"


class CannotKeep(ValueError):
    """A term that the law does not allow, or that would erase too much. The text says which would do; a retry does not help."""


class Term(NamedTuple):
    """`why`: in the language of the page where the term is the usual one."""

    rule: RetentionRule
    label: str
    why: str
    is_usual: bool


class Due(NamedTuple):
    """What would go: how many, counted up to a million."""

    about: str
    label: str
    days: int | None
    count: int


def rules() -> dict[str, RetentionRule]:
    """One for each thing, saved or usual."""
    saved = {rule.about: rule for rule in RetentionRule.objects.filter(key="")}
    return {about: saved.get(about) or RetentionRule(about=about, days=days, reason=str(why)) for about, (days, why) in USUAL.items()}


def terms() -> list[Term]:
    return [_term(rule) for rule in rules().values()]


def _term(rule: RetentionRule) -> Term:
    days, why = USUAL[rule.about]
    is_usual = rule.days == days
    return Term(rule, str(About(rule.about).label), str(why) if is_usual else rule.reason, is_usual)


def declared() -> tuple[list[Attribute], list[EventType]]:
    """What carries a term of its own."""
    return _with_terms(), list(EventType.objects.exclude(kept_days=None).order_by("name"))


def check(about: str, days: int | None) -> None:
    """Raises CannotKeep."""
    most, least = MOST.get(about), LEAST.get(about, 1)
    if most is not None and (days is None or days > most):
        raise CannotKeep(_("At most %(days)d days.") % {"days": most})
    if days is not None and days < least:
        raise CannotKeep(_("At least %(days)d days.") % {"days": least})


def change(about: str, days: int | None, reason: str, *, actor: Actor) -> RetentionRule:
    """None: for ever, which needs a reason (RT1). Raises CannotKeep."""
    check(about, days)
    before = audit.values_of(rules()[about], "days", "reason")
    rule, _is_new = RetentionRule.objects.update_or_create(about=about, key="", defaults={"days": days, "reason": reason})
    audit.record(actor, Action.RETENTION_CHANGED, rule, before=before, after=audit.values_of(rule, "days", "reason"))
    return rule


def look(*, at: datetime | None = None) -> list[Due]:
    """The dry run."""
    at = at or timezone.now()
    due = [Due(about, About(about).label, rule.days, _count(about, rule.days, at)) for about, rule in rules().items()]
    named = [(EVENTS.format(which=OF_TYPES), {"now": at}, str(About.EVENTS), str(About.EVENTS.label))]
    due += [Due(about, label, None, len(rows(sql, {**values, "most": 1_000_000}))) for sql, values, about, label in named]
    return due + [_due_of(attribute, at) for attribute in _with_terms()]


def apply(tenant: Tenant, *, at: datetime | None = None) -> dict[str, int]:
    """All of it, a transaction a batch; answers how many rows of each went."""
    at, gone = at or timezone.now(), {}
    steps: dict[str, Callable[[datetime], int]] = {
        About.EVENTS: _events,
        **{about: _step(about) for about in USUAL},
        About.PACKAGES: _packages,
        "attributes": _values,
    }
    for about, step in steps.items():
        gone[str(about)] = _until_done(tenant, step, at)
    with tenancy.scope(tenant):
        _note(gone, at)
    return gone


def _note(gone: dict[str, int], at: datetime) -> None:
    """When each was carried out last; a usual rule gets its row here."""
    for about, rule in rules().items():
        RetentionRule.objects.get_or_create(about=about, key="", defaults={"days": rule.days, "reason": rule.reason})
    for about, count in gone.items():
        RetentionRule.objects.filter(about=about, key="").update(last_run_at=at, last_count=count)


def _until_done(tenant: Tenant, step: Callable[[datetime], int], at: datetime) -> int:
    total = 0
    while True:
        with tenancy.scope(tenant):
            count = step(at)
        total += count
        if count < BATCH:
            return total


def _step(about: str) -> Callable[[datetime], int]:
    def carry_out(at: datetime) -> int:
        days = rules()[about].days
        return 0 if days is None else _forget(about, at - timedelta(days=days), at)

    return carry_out


def _forget(about: str, before: datetime, at: datetime) -> int:
    if about == About.EVIDENCE_IP:
        redacting.forget_ips(before)
        return 0
    if about == About.EVIDENCE:
        erasing.shred_due(at=at)
        return 0
    if about == About.DECISIONS:
        return rows(FORGET_DECISIONS, {"before": before, "most": BATCH})[0][0]
    ids = [row_id for (row_id,) in rows(_select(about), {"before": before, "names": list(TRACKED), "most": BATCH})]
    if about == About.INACTIVE:
        return len(erasing.erase(ids, actor=SYSTEM, at=at)) if ids else 0
    table = "customers_quarantineditem" if about == About.QUARANTINE else "customers_event"
    return run(DELETE.format(table=table), {"ids": ids})


def _select(about: str) -> str:
    tracked = EVENTS.format(which=OF_TRACKING)
    return {About.INACTIVE: INACTIVE, About.QUARANTINE: QUARANTINED, About.TRACKING: tracked, About.DECISIONS: DECISIONS}[about]


def _count(about: str, days: int | None, at: datetime) -> int:
    if days is None or about in (About.EVIDENCE_IP, About.EVIDENCE):
        return 0
    return len(rows(_select(about), {"before": at - timedelta(days=days), "names": list(TRACKED), "most": 1_000_000}))


def _events(at: datetime) -> int:
    ids = [row_id for (row_id,) in rows(EVENTS.format(which=OF_TYPES), {"now": at, "most": BATCH})]
    return run(DELETE.format(table="customers_event"), {"ids": ids})


def _with_terms() -> list[Attribute]:
    return list(Attribute.objects.in_use().exclude(kept_days=None))


def _due_of(attribute: Attribute, at: datetime) -> Due:
    before = at - timedelta(days=attribute.kept_days)
    count = len(rows(OLD_VALUES, {"key": attribute.key, "before": before, "most": 1_000_000}))
    return Due(f"attribute:{attribute.key}", attribute.label, attribute.kept_days, count)


def _values(at: datetime) -> int:
    """Values that were said too long ago go from what each source said; what is left decides how the customer looks."""
    count = 0
    for attribute in _with_terms():
        asked = {"key": attribute.key, "before": at - timedelta(days=attribute.kept_days), "most": BATCH}
        ids = [row_id for (row_id,) in rows(OLD_VALUES, asked)]
        if ids:
            identity.lock()
            for statement in (FORGET_VALUES, FORGET_EARLIER):
                run(statement, {**asked, "ids": ids})
            portrait.settle([{each.root for each in Customer.objects.filter(pk__in=ids)}])
        count += len(ids)
    return count


def _packages(at: datetime) -> int:
    gone = AccessPackage.objects.filter(expires_at__lt=at).exclude(file="")
    for package in gone:
        default_storage.delete(package.file)
    return gone.update(file="")

"""Customers in; nothing of them in any table, and a certificate each of what went and what stayed, out. Leaves an `Erasure` row each.

Which tables: each model says so itself (accounts/holding.py). What they were known by stays as keyed hashes, so that neither a source nor a
message brings them back; what they allowed stays as encrypted proof for the tenant's term and is unreadable after (Art. 17(3)(e) GDPR).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Action, Actor
from consent import suppressions
from consent.ledger import appending, redacting, subjects
from consent.ledger.appending import Entry
from consent.models import AccessPackage, Channel, Erasure, RetentionRule, RightsRequest, Subject, Suppression, ViewCode
from consent.rights import coverage, journal, naming
from consent.rights.coverage import Held
from consent.rights.journal import Line
from customers import erased, identity, staging
from customers.identity import Claim
from customers.imports import storing
from customers.models import Customer, Identifier

PROOF_DAYS = 5 * 365  # RT3: the term in which a consent may have to be shown (NL)
ADDRESSES = {Identifier.Kind.EMAIL: [Channel.EMAIL], Identifier.Kind.PHONE: [Channel.SMS, Channel.PHONE]}

# All rows of these customers, given by any row of each: root, row, when the row was made.
ROWS = """
WITH roots AS (
  SELECT DISTINCT COALESCE(root_id, id) AS id FROM customers_customer WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::bigint[]))
SELECT roots.id, c.id, c.created_at FROM roots JOIN customers_customer c ON c.tenant_id = %(tenant)s AND c.id = roots.id
UNION ALL
SELECT roots.id, c.id, c.created_at
  FROM roots JOIN customers_customer c ON c.tenant_id = %(tenant)s AND c.merged_into_id IS NOT NULL AND c.root_id = roots.id
"""
# Both answer nothing but how many rows went.
DELETE = "DELETE FROM {table} WHERE tenant_id = %(tenant)s AND ({where})"
# What a colleague wrote beside a blocked address may say whose it is.
NO_NOTES = "UPDATE consent_suppression SET note = '' WHERE tenant_id = %(tenant)s AND digest = ANY(%(digests)s::bytea[]) AND note <> ''"


class Certificate(NamedTuple):
    """What an erasure did, for who asked for it: no word of who that was."""

    subject_ref: UUID
    at: datetime
    rows: dict[str, int]  # what -> how many
    kept: dict[str, str]  # what -> why
    proof_until: datetime | None

    @property
    def json(self) -> dict[str, Any]:
        until = self.proof_until.isoformat() if self.proof_until else ""
        said = {"subject_ref": str(self.subject_ref), "at": self.at.isoformat(), "proof_until": until}
        return {**said, "rows": self.rows, "kept": self.kept}


class Family(NamedTuple):
    """A customer: the root, and all rows with the time they were made."""

    root: int
    rows: dict[int, datetime]


@transaction.atomic
def erase(customer_ids: Collection[int], *, actor: Actor, at: datetime | None = None) -> list[Certificate]:
    """Any row of each customer. Who is gone already gives no certificate. Nobody comes in meanwhile (the lock of identities)."""
    identity.lock()
    at, families = at or timezone.now(), _families(customer_ids)
    row_ids = [row for family in families for row in family.rows]
    if not row_ids:
        return []
    known = _hold_still(row_ids)
    claims = _claims(row_ids)
    _bar(claims, families, at)
    _delete_packages(row_ids)
    counts = _delete(row_ids, claims)
    _let_go(known)
    _empty_requests(row_ids, at)
    storing.forget(kept=timedelta(0))
    return _certify(families, known, counts, at, actor)


def shred_due(*, at: datetime | None = None) -> int:
    """Destroys the keys of those whose term for proof is over (RT3); answers how many."""
    before = (at or timezone.now()) - timedelta(days=proof_days())
    refs = Erasure.objects.filter(at__lte=before).values_list("subject_ref", flat=True)
    due = Subject.objects.filter(ref__in=refs, customer_id=None, erased_at=None, is_tenant=False)
    return redacting.shred(list(due.values_list("pk", flat=True)))


def forget_strangers(customer_ids: Collection[int]) -> int:
    """Whom somebody else typed in, and who never answered: gone, but free to come, unlike who asked to be erased."""
    row_ids = [row for family in _families(customer_ids) for row in family.rows]
    if row_ids:
        identity.lock()
        known = _hold_still(row_ids)
        _delete(row_ids, [])
        redacting.shred(list(known.values()))
    return len(row_ids)


def replay() -> int:
    """Erases again whom a restored backup brought back; answers how many. Safe to repeat."""
    count = 0
    for line in sorted(journal.lines(), key=lambda each: each.at):
        if line.came_back:
            _free(line)
        else:
            count += _erase_again(line)
    return count


def let_back(claim: Claim) -> None:
    """The owner of the address confirmed it: it is free, and stays so when the journal is replayed (DS9)."""
    channel = Channel.EMAIL
    line = Line(timezone.now(), [], erased.digests_of(claim), [(suppressions.digest(claim.value, channel), channel)], came_back=True)
    if erased.among([claim]):
        journal.write(line)
        _free(line)


def _free(line: Line) -> None:
    erased.forgive_digests(line.identifiers)
    suppressions.lift_digests([digest for digest, _channel in line.addresses], Suppression.Kind.ERASED)


def _erase_again(line: Line) -> int:
    """As of then, so that its own line in the journal comes before a coming back that was later."""
    erased.note_digests(line.identifiers)
    for digest, channel in line.addresses:
        suppressions.add_digests([digest], Suppression.Kind.ERASED, channel=channel)
    back = Customer.objects.filter(pk__in=[row for row, _at in line.rows]).values_list("pk", "created_at")
    same = [row for row, made_at in back if (row, made_at) in line.rows]
    return len(erase(same, actor=audit.SYSTEM, at=line.at)) if same else 0


def proof_days() -> int:
    """How long proof of consent is kept of who is gone; 0: it is destroyed at once."""
    rule = RetentionRule.objects.filter(about=RetentionRule.About.EVIDENCE).first()
    return PROOF_DAYS if rule is None or rule.days is None else rule.days


def _families(customer_ids: Collection[int]) -> list[Family]:
    families: dict[int, Family] = {}
    for root, row, made_at in staging.rows(ROWS, {"ids": list(customer_ids)}):
        families.setdefault(root, Family(root, {})).rows[row] = made_at
    return list(families.values())


def _hold_still(row_ids: list[int]) -> dict[int, int]:
    """Row -> its subject. Nobody writes a choice of theirs any more, and no row comes to point at them; in the order that others take."""
    list(ViewCode.objects.select_for_update().filter(customer_id__in=row_ids).order_by("pk").values_list("pk"))
    known = subjects.of_customers(row_ids)
    appending.lock(known.values())
    list(Customer.objects.select_for_update().filter(pk__in=row_ids).order_by("pk").values_list("pk"))
    return known


def _claims(row_ids: list[int]) -> list[Claim]:
    """What they are known by, and the address they are written to, also where a source gave it without saying that it names them."""
    found = Identifier.objects.filter(customer_id__in=row_ids).values_list("kind", "space", "value")
    faces = Customer.objects.filter(pk__in=row_ids).exclude(email="").values_list("email", flat=True)
    return list(dict.fromkeys([*(Claim(*each) for each in found), *_addresses(faces)]))


def _addresses(faces: Iterable[str]) -> Iterator[Claim]:
    for address in faces:
        with suppress(ValueError):  # it was taken over as a plain text
            yield identity.email(address)


def _bar(claims: list[Claim], families: list[Family], at: datetime) -> None:
    """Writes down, without a word of who, what must not come back: in the journal first."""
    lasting = [claim for claim in claims if claim.kind in erased.LASTING]
    reached = [(claim.value, channel) for claim in claims for channel in ADDRESSES.get(claim.kind, [])]
    addresses = list(zip(suppressions.digests(reached), [channel for _value, channel in reached], strict=True))
    rows = [(row, made_at) for family in families for row, made_at in family.rows.items()]
    journal.write(Line(at, rows, [erased.digests_of(claim)[0] for claim in lasting], addresses))
    erased.note(lasting)
    for channel in {channel for _digest, channel in addresses}:
        mine = [digest for digest, its in addresses if its == channel]
        suppressions.add_digests(mine, Suppression.Kind.ERASED, channel=channel)
    staging.run(NO_NOTES, {"digests": [digest for digest, _channel in addresses]})


def _delete(row_ids: list[int], claims: list[Claim]) -> dict[str, int]:
    """From every table that holds them. What: how many rows."""
    counts: dict[str, int] = {}
    for held in coverage.of_customers():
        where = " OR ".join(f"{column} = ANY(%(ids)s::bigint[])" for column in held.holding.columns)
        _count(counts, held, staging.run(DELETE.format(table=held.table, where=where), {"ids": row_ids}))
    words = naming.of(claims)
    for held in coverage.in_text():
        where = " OR ".join(naming.NAMED.format(column=column) for column in held.holding.texts)
        _count(counts, held, staging.run(DELETE.format(table=held.table, where=where), words._asdict()))
    return counts


def _count(counts: dict[str, int], held: Held, gone: int) -> None:
    if gone:
        counts[held.holding.what] = counts.get(held.holding.what, 0) + gone


def _let_go(known: Mapping[int, int]) -> None:
    """Ends the chains and cuts their links; where proof is not kept, its keys go at once."""
    ids = list(known.values())
    if proof_days() == 0:
        redacting.shred(ids)
        return
    at = timezone.now().isoformat()
    appending.append([Entry(subject_id, {"kind": "erased", "recorded_at": at}) for subject_id in ids])
    redacting.cut(ids)


def _delete_packages(row_ids: list[int]) -> None:
    """The files. Under the lock of their rows: one that is being made finds its row gone, and is not kept."""
    for package in AccessPackage.objects.select_for_update().filter(customer_id__in=row_ids):
        if package.file:
            default_storage.delete(package.file)


def _empty_requests(row_ids: list[int], at: datetime) -> None:
    """What was asked and answered in words may say who it was. What was still open has nobody left to answer to."""
    mine = RightsRequest.objects.filter(customer_id__in=row_ids)
    mine.filter(status=RightsRequest.Status.OPEN).update(status=RightsRequest.Status.DROPPED, decided_at=at)
    mine.update(customer_id=None, detail={}, reason="", extended_reason="")


def _certify(families: list[Family], known: Mapping[int, int], counts: dict[str, int], at: datetime, actor: Actor) -> list[Certificate]:
    refs = dict(Subject.objects.filter(pk__in=known.values()).values_list("pk", "ref"))
    rows = [Erasure(subject_ref=refs[known[row]], customer_id=row, at=at, counts=counts) for family in families for row in family.rows]
    Erasure.objects.bulk_create(rows)
    until = at + timedelta(days=proof_days()) if proof_days() else None
    why = {held.holding.what: held.holding.why for held in coverage.kept()}
    certificates = [Certificate(refs[known[family.root]], at, counts, why, until) for family in families]
    audit.record_all(actor, Action.CUSTOMER_ERASED, [{"subject_ref": str(each.subject_ref), "rows": counts} for each in certificates])
    return certificates

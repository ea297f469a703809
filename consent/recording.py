"""Choices of customers in, events of the log and the state they add up to out, in one transaction: the one way in for every yes and no.

A customer may stand in several rows (merges). A no is written for each row that said something, so that it stays after an unmerge;
so is a yes, because the most restrictive row would win otherwise.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tenancy
from consent import folding, notices, projection
from consent import proof as proofs
from consent.ledger import appending, subjects
from consent.ledger.appending import Entry
from consent.models import ALLOWING, REFUSING, ConsentState, Frequency, Hold, Purpose, PurposeVersion, State
from consent.proof import PEOPLE, CannotRecord, Proof
from customers.models import Customer
from customers.staging import rows, run

__all__ = ["CannotRecord", "Choice", "Proof", "Refused", "hold", "limit", "record", "record_all", "release", "stop_everything", "unlimit"]

SAID_AGAIN = timedelta(days=1)  # after that the same no counts anew: no yes of the time between turns it
ASKED_LATELY = timedelta(days=183)  # CC8: no new question within six months after a no
OF_AGE = {"NL": 16, "DE": 16, "IE": 16, "LU": 16, "FR": 15, "AT": 14, "IT": 14, "ES": 14, "BE": 13, "DK": 13, "SE": 13}  # Art. 8(1) GDPR
OF_AGE_ELSEWHERE = 16
BIRTHDAYS = ("birthday", "birth_date", "date_of_birth")

# A row for each row of the customers that are asked for, by any of their rows: root, row.
ROWS = """
WITH roots AS (
  SELECT DISTINCT COALESCE(c.root_id, c.id) AS id
    FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s::bigint[]))
SELECT r.id, c.id FROM roots r JOIN customers_customer c ON c.tenant_id = %(tenant)s AND c.id = r.id
UNION ALL
SELECT r.id, c.id FROM roots r JOIN customers_customer c ON c.tenant_id = %(tenant)s AND c.root_id = r.id AND c.merged_into_id IS NOT NULL
"""
# Puts the newest word of each choice in its place.
PUT = """
INSERT INTO consent_consentstate AS s (tenant_id, customer_id, purpose_id, channel, state, basis, version, since, until, event_id)
SELECT %(tenant)s, *
  FROM unnest(%(customers)s::bigint[], %(purposes)s::bigint[], %(channels)s::text[], %(states)s::text[], %(bases)s::text[],
              %(versions)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[], %(events)s::uuid[])
ON CONFLICT (tenant_id, customer_id, purpose_id, channel) DO UPDATE
   SET state = excluded.state, basis = excluded.basis, version = excluded.version, since = excluded.since, until = excluded.until,
       event_id = excluded.event_id
"""


@dataclass(frozen=True)
class Choice:
    customer_id: int  # any row of the customer
    purpose: Purpose
    channel: str
    state: State
    proof: Proof | None = None  # when it differs from that of the others


class Refused(NamedTuple):
    choice: Choice
    code: str
    text: str


class Outcome(NamedTuple):
    event_ids: list[UUID]
    refused: list[Refused]


def record(choices: Sequence[Choice], proof: Proof) -> list[UUID]:
    """All or nothing: raises CannotRecord. Answers the ids of the events; a no that stands already gives none (DL2)."""
    outcome = record_all(choices, proof)
    if outcome.refused:
        raise CannotRecord(outcome.refused[0].code, outcome.refused[0].text)
    return outcome.event_ids


def record_all(choices: Sequence[Choice], proof: Proof) -> Outcome:
    """Takes what may be taken and answers what may not, with the reason: for imports."""
    batch = _Batch(choices)
    for choice in choices:
        batch.take(choice, choice.proof or proof)
    batch.write()
    return Outcome(batch.event_ids, batch.refused)


def expire(states: Collection[ConsentState]) -> int:
    """Writes the end of consents whose time is over (CR7)."""
    over = Proof(method="clock", indicated_by="system")
    purposes = {each.pk: each for each in Purpose.objects.select_related("version").filter(pk__in={s.purpose_id for s in states})}
    choices = [Choice(s.customer_id, purposes[s.purpose_id], s.channel, State.EXPIRED) for s in states]
    return len(record_all(choices, over).event_ids)


def stop_everything(customer_id: int, proof: Proof) -> list[UUID]:
    """No to every purpose but service, on every channel, and an objection that covers what may come (Art. 21(2) GDPR)."""
    noes = [Choice(customer_id, each, channel, _no(each)) for each in _marketing() for channel in each.version.channels]
    return record(noes, proof) + hold(customer_id, Hold.Kind.OBJECTED, proof)


def _marketing() -> list[Purpose]:
    return list(Purpose.objects.live().select_related("version").exclude(kind=Purpose.Kind.SERVICE))


def _no(purpose: Purpose) -> State:
    return State.WITHDRAWN if purpose.version.asks_consent else State.OBJECTED


def hold(customer_id: int, kind: str, proof: Proof, *, until: datetime | None = None) -> list[UUID]:
    """Restricts, pauses, or notes an objection to all marketing. Once stands is enough; a pause may be moved."""
    row_ids = _hold_still([customer_id])[0]
    standing = {held.customer_id: held for held in Hold.objects.filter(customer_id__in=list(row_ids), kind=kind)}
    now = timezone.now()
    new = [row for row in row_ids if row not in standing or standing[row].until != until or _is_anew(standing[row].since, proof, now)]
    events = _append(new, proof, now, kind="hold", hold=kind, until=until.isoformat() if until else "")
    for row, event in zip(new, events, strict=True):
        values = {"since": proof.at(now), "until": until, "event_id": event}
        Hold.objects.update_or_create(customer_id=row, kind=kind, defaults=values)
    projection.of_customers(new)
    return events


def _is_anew(since: datetime, proof: Proof, now: datetime) -> bool:
    """The same no, said later: not by a file that says no time, or it would be said with every import."""
    return proof.at(now) > since + SAID_AGAIN and (proof.occurred_at is not None or proof.method not in proofs.SECOND_HAND)


def release(customer_id: int, kind: str, proof: Proof) -> list[UUID]:
    row_ids = _hold_still([customer_id])[0]
    held = Hold.objects.filter(customer_id__in=list(row_ids), kind=kind)
    freed = list(held.values_list("customer_id", flat=True))
    events = _append(freed, proof, timezone.now(), kind="release", hold=kind)
    held.delete()
    projection.of_customers(freed)
    return events


def limit(customer_id: int, most: int, per: str, proof: Proof) -> list[UUID]:
    """At most so many marketing messages a week or a month. Raises CannotRecord for who is gone."""
    root_id = next(iter(_hold_still([customer_id])[1]), None)
    if root_id is None:
        raise _no_customer()
    now = timezone.now()
    events = _append([root_id], proof, now, kind="frequency", most=str(most), per=per)
    values = {"most": most, "per": per, "since": proof.at(now), "event_id": events[0]}
    Frequency.objects.update_or_create(customer_id=root_id, defaults=values)
    return events


def unlimit(customer_id: int, proof: Proof) -> list[UUID]:
    """Of whichever row of the customer it was put on."""
    limits = Frequency.objects.filter(customer_id__in=list(_hold_still([customer_id])[0]))
    limited = list(limits.values_list("customer_id", flat=True))
    events = _append(limited, proof, timezone.now(), kind="frequency", most="", per="")
    limits.delete()
    return events


def _no_customer() -> CannotRecord:
    return CannotRecord("no_customer", _("There is no such customer."))


def _hold_still(customer_ids: Collection[int]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Row -> its subject, and root -> rows. From here on nobody else writes of them, and no gate hands over (PL2).

    Looked at again under the lock: somebody may have been merged, or erased, while we waited for it.
    """
    held: dict[int, int] = {}
    while True:
        families: dict[int, list[int]] = {}
        for root, row in rows(ROWS, {"ids": list(customer_ids)}):
            families.setdefault(root, []).append(row)
        known = [row for theirs in families.values() for row in theirs]
        if held.keys() >= set(known):
            return {row: held[row] for row in known}, families
        held |= _lock(known)


def _lock(row_ids: Collection[int]) -> dict[int, int]:
    known = subjects.of_customers(row_ids)
    appending.lock(known.values())
    return known


def _append(row_ids: list[int], proof: Proof, now: datetime, **what: str) -> list[UUID]:
    known = subjects.of_customers(row_ids)
    return appending.append([Entry(known[row], _fields(proof, now, what)) for row in row_ids])


def _fields(proof: Proof, now: datetime, what: dict[str, str]) -> dict[str, str]:
    plain = {name: str(value) for name, value in vars(proof).items() if isinstance(value, str) and value}
    return {**{k: v for k, v in what.items() if v}, **plain, "occurred_at": proof.at(now).isoformat(), "recorded_at": now.isoformat()}


class _Batch:
    """Choices of many customers on their way into the log: one look at what stands, one append, one statement for the state."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.now = timezone.now()
        self.event_ids: list[UUID] = []
        self.refused: list[Refused] = []
        self.subjects, self.rows_of = _hold_still({choice.customer_id for choice in choices})
        self.root_of = {row: root for root, theirs in self.rows_of.items() for row in theirs}
        standing = ConsentState.objects.filter(customer_id__in=list(self.root_of))
        self.standing = {(s.customer_id, s.purpose_id, s.channel): s for s in standing}
        self.customers = Customer.objects.in_bulk(list(self.rows_of))
        held = Hold.objects.filter(customer_id__in=list(self.root_of), kind=Hold.Kind.OBJECTED)
        self.objecting = dict(held.values_list("customer_id", "since"))
        self.versions = notices.published({choice.purpose.pk for choice in choices})
        self.welcomed: dict[tuple[int, int, str], Proof] = {}  # root, purpose, channel of each yes of their own
        self.entries: list[tuple[Entry, ConsentState]] = []
        self.states: dict[tuple[int, int, str], ConsentState] = {}

    def take(self, choice: Choice, proof: Proof) -> None:
        try:
            proofs.check(proof, choice.purpose, choice.channel, choice.state)
            self.check_customer(choice, proof)
        except CannotRecord as refusal:
            self.refused.append(Refused(choice, refusal.code, str(refusal)))
            return
        for row in self.targets(choice):
            self.put(row, choice, proof)

    def check_customer(self, choice: Choice, proof: Proof) -> None:
        root = self.root_of.get(choice.customer_id)
        if root is None:
            raise _no_customer()
        said_no = [s for s in self.said(choice) if s.state in REFUSING]
        if choice.state in ALLOWING:
            self.check_age(self.customers[root], choice, proof)
            noes = [s.since for s in said_no] + self.objections(choice)
            if noes and not (proof.is_evidenced and proof.at(self.now) > max(noes)):
                raise CannotRecord("not_newer", _("This customer said no. Only a newer yes of their own, with its proof, changes that."))
        is_ask = choice.state == State.REQUESTED and proof.indicated_by not in PEOPLE
        if is_ask and any(s.since > self.now - ASKED_LATELY for s in said_no):
            raise CannotRecord("asked_lately", _("This customer said no less than six months ago. Do not ask again yet."))

    def check_age(self, customer: Customer, choice: Choice, proof: Proof) -> None:
        """Consent of a child takes a parent (Art. 8 GDPR, CC12)."""
        born = next((customer.attributes[key] for key in BIRTHDAYS if customer.attributes.get(key)), None)
        age = OF_AGE.get(tenancy.current().country, OF_AGE_ELSEWHERE)
        if born and proof.indicated_by != "parent" and choice.purpose.version.asks_consent and _is_under(str(born), age, self.now.date()):
            raise CannotRecord("under_age", _("This customer is too young to say yes without a parent."))

    def objections(self, choice: Choice) -> list[datetime]:
        """Since when they object to everything of this kind: an old yes that comes in late does not end that."""
        if choice.purpose.kind == Purpose.Kind.SERVICE:
            return []
        return [self.objecting[row] for row in self.rows_of[self.root_of[choice.customer_id]] if row in self.objecting]

    def said(self, choice: Choice) -> list[ConsentState]:
        return [s for row in self.rows_of[self.root_of[choice.customer_id]] if (s := self.at(row, choice))]

    def at(self, row: int, choice: Choice) -> ConsentState | None:
        key = (row, choice.purpose.pk, choice.channel)
        return self.states.get(key) or self.standing.get(key)

    def targets(self, choice: Choice) -> list[int]:
        """The root, and each row that said something of it; all of them where a row that said nothing would be a yes after an unmerge."""
        root = self.root_of[choice.customer_id]
        is_all = choice.state in REFUSING and not choice.purpose.version.asks_consent
        return [row for row in self.rows_of[root] if is_all or row == root or self.at(row, choice)]

    def version(self, choice: Choice, proof: Proof) -> PurposeVersion:
        """The one in force when they were asked: a yes that comes in late is no yes to what was written since (TP7)."""
        asked_at = proof.requested_at or proof.occurred_at
        if choice.state not in ALLOWING or asked_at is None:
            return choice.purpose.version
        return notices.in_force(self.versions[choice.purpose.pk], asked_at)

    def put(self, row: int, choice: Choice, proof: Proof) -> None:
        standing, version = self.at(row, choice), self.version(choice, proof)
        state = _settled(choice.state, standing, proof, version, self.now)
        if state is None:
            return
        at = proof.at(self.now)
        until = at + timedelta(days=version.valid_days) if state in ALLOWING and version.valid_days else None
        basis = proofs.basis_of(proof)
        fields = {
            "kind": "consent",
            "purpose": choice.purpose.key,
            "purpose_version": str(version.number),
            "channel": str(choice.channel),
            "state": state.value,
            "basis": basis,
            **({"valid_until": until.isoformat()} if until else {}),
            **proofs.fields_of(proof, choice.purpose, self.now),
        }
        put = ConsentState(customer_id=row, purpose=choice.purpose, channel=choice.channel, version=version.number)
        put.state, put.basis, put.since, put.until = state, basis, at, until
        self.entries.append((Entry(self.subjects[row], fields), put))
        if folding.replaces(state, standing.state if standing else None):
            self.states[row, choice.purpose.pk, choice.channel] = put
        if state in ALLOWING and proof.is_evidenced:
            self.welcomed[self.root_of[row], choice.purpose.pk, choice.channel] = proof

    def write(self) -> None:
        freed = self.freed()
        self.keep_the_rest_stopped(freed)
        if not self.entries:
            return
        self.event_ids = appending.append([entry for entry, _put in self.entries])
        for (_entry, put), event_id in zip(self.entries, self.event_ids, strict=True):
            put.event_id = event_id
        put_states(self.states.values())
        self.release(freed)
        projection.of_customers({row for row, _purpose, _channel in self.states} | freed.keys())

    def freed(self) -> dict[int, Proof]:
        """Who says yes to something themselves takes back their objection to everything: each row that holds it, and how it was said."""
        by_root = {root: proof for (root, _purpose, _channel), proof in self.welcomed.items()}
        return {row: by_root[self.root_of[row]] for row in self.objecting if self.root_of[row] in by_root}

    def keep_the_rest_stopped(self, freed: dict[int, Proof]) -> None:
        """They get this one thing: all else that the objection covered gets a no of its own, also what came after it."""
        if not freed:
            return
        offers = [(each, channel) for each in _marketing() for channel in each.version.channels]
        for root, proof in {self.root_of[row]: replace(proof, sale=None) for row, proof in freed.items()}.items():
            rest = [Choice(root, each, channel, _no(each)) for each, channel in offers if (root, each.pk, channel) not in self.welcomed]
            for choice in rest:
                if not any(s.state in REFUSING for s in self.said(choice)):
                    self.take(choice, proof)

    def release(self, freed: dict[int, Proof]) -> None:
        what = {"kind": "release", "hold": str(Hold.Kind.OBJECTED)}
        appending.append([Entry(self.subjects[row], _fields(proof, self.now, what)) for row, proof in freed.items()])
        if freed:
            Hold.objects.filter(customer_id__in=list(freed), kind=Hold.Kind.OBJECTED).delete()


def put_states(states: Collection[ConsentState]) -> int:
    """What the log adds up to, into its table: in one statement."""
    columns = {
        "customers": [s.customer_id for s in states],
        "purposes": [s.purpose_id for s in states],
        "channels": [str(s.channel) for s in states],
        "states": [str(s.state) for s in states],
        "bases": [s.basis for s in states],
        "versions": [s.version for s in states],
        "sinces": [s.since for s in states],
        "untils": [s.until for s in states],
        "events": [s.event_id for s in states],
    }
    return run(PUT, columns)


def _settled(state: State, standing: ConsentState | None, proof: Proof, version: PurposeVersion, now: datetime) -> State | None:
    """The state that is written: nothing when it stands already; "unknown" for a yes that somebody claims without proof (CR5)."""
    now_is = standing.state if standing else None
    if state in ALLOWING:
        if proof.method in proofs.SECOND_HAND and not proof.is_evidenced:
            return None if standing else State.UNKNOWN
        return _renewed(standing, proof, version, now)
    if state == State.EXPIRED:
        return state if _is_over(standing, now) else None
    if now_is in REFUSING:
        return state if state in REFUSING and _is_later_no(state, standing, proof, now) else _question(state)
    return None if now_is == state else state


def _is_over(standing: ConsentState | None, now: datetime) -> bool:
    """Of the row itself: another row of the customer may have said so later, or no, or have renewed it meanwhile."""
    return standing is not None and standing.state in ALLOWING and standing.until is not None and standing.until <= now


def _is_later_no(state: State, standing: ConsentState, proof: Proof, now: datetime) -> bool:
    """An older no does not take the place of a newer one: a yes of the time between would turn it."""
    return _is_anew(standing.since, proof, now) if state == standing.state else proof.at(now) > standing.since


def _question(state: State) -> State | None:
    """After a no, what we ask is logged; what we end or declare invalid was ended already."""
    return state if state in folding.PENDING else None


def _renewed(standing: ConsentState | None, proof: Proof, version: PurposeVersion, now: datetime) -> State | None:
    is_on = standing is not None and standing.state in ALLOWING and (standing.until is None or standing.until > now)
    if not is_on:
        return State.GIVEN
    if proof.at(now) <= standing.since or (proof.method == "portal" and standing.version == version.number):
        return None
    return State.RENEWED


def _is_under(born: str, age: int, today: date) -> bool:
    try:
        day = date.fromisoformat(born[:10])
    except ValueError:
        return False
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day)) < age

"""A file with what customers chose elsewhere, and the file that proves it, in; choices in the log out, and each row that may not stand.

What is proved is the time and the fingerprint of the evidence, which the organisation keeps itself. A yes without time or evidence becomes
"unknown", which allows nothing (CR5); no row turns a no into a yes but one that is newer and proved (CC7). Twice does no harm.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import batched
from typing import BinaryIO, NamedTuple
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import Tenant
from consent import recording
from consent.models import ALLOWING, ConsentState, Purpose, PurposeVersion, State
from consent.proof import Proof, Sale
from consent.recording import Choice
from customers import catalogue, intake, values
from customers.identity import Claim, claims
from customers.imports import looking, reading
from customers.imports.looking import Unusable
from customers.imports.reading import Row
from customers.intake import Item, Taken
from customers.models import Source
from customers.values import BadValue

BATCH = 2_000
WHO = ("email", "phone")
PROVED = ("ip", "page_url", "text", "language")  # kept with the choice, as the file has them
SALE = ("sale_reference", "sale_product", "sale_paid", "sale_opt_out", "sale_same_entity")  # of a soft opt-in, its own proof (CC9)
TARGETS = (*WHO, "given_at", "state", *PROVED, *SALE)
WORDS = {
    State.GIVEN: ("given", "yes", "ja", "true", "1", "y", "j", "opt-in", "opted_in", "subscribed", "confirmed", "active", "actief"),
    State.WITHDRAWN: ("withdrawn", "no", "nee", "false", "0", "n", "opt-out", "opted_out", "unsubscribed", "ingetrokken", "uitgeschreven"),
    State.REFUSED: ("refused", "geweigerd"),
    State.OBJECTED: ("objected", "bezwaar"),
}
STATES = {word: state for state, words in WORDS.items() for word in words}


@dataclass(frozen=True)
class Order:
    """What to take in. `mapping`: one of TARGETS -> name of a column. `evidence`: SHA-256 of the file that proves it, "" without one."""

    purpose: Purpose
    channel: str
    source: Source
    mapping: dict[str, str]
    evidence: str = ""
    actor: str = ""


class Fault(NamedTuple):
    """A row that does not stand, or not as a yes: its number (the header is row 1), where, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Outcome:
    """`recorded`: events in the log. `unknown`: yeses without proof. `refused`: rows of which nothing was taken in."""

    rows: int = 0
    recorded: int = 0
    unknown: int = 0
    refused: int = 0
    new_customers: int = 0
    batch: str = field(default_factory=lambda: uuid4().hex)


Tell = Callable[[Fault], None]


class _Said(NamedTuple):
    row: int
    item: Item
    state: State
    at: datetime | None
    proof: dict[str, str]
    sale: Sale | None


def fingerprint(file: BinaryIO) -> str:
    digest = sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def purpose_for(key: str, channel: str) -> Purpose:
    """Raises Unusable for one that is not in force, or not for this channel."""
    found = Purpose.objects.live().select_related("version").filter(key=key).first()
    if found is None or channel not in found.version.channels:
        raise Unusable(_("“%(purpose)s” is not in force for the channel %(channel)s.") % {"purpose": key, "channel": channel})
    return found


def take_in(tenant: Tenant, file: BinaryIO, order: Order, *, tell: Tell, actor: Actor) -> Outcome:
    """The whole file, in batches that each stand once they are in; `tell` hears of each row that does not. Raises Unusable."""
    shape = looking.look(file)
    names, top = reading.header(file, shape)
    with tenancy.scope(tenant):
        catalogue.attributes()  # laid out: what is told of a customer stays only where the catalogue has a place for it
    read = _Reader(order, names, tenant)
    outcome = Outcome()
    rows = _filled(reading.rows(file, shape, offset=top.offset, number=top.number))
    for batch in batched(rows, BATCH):
        outcome.rows += len(batch)
        with tenancy.scope(tenant):
            _take(order, _read(batch, read, tell, outcome), tell, outcome)
    with tenancy.scope(tenant):
        how = {"purpose": order.purpose.key, "channel": order.channel, "file": shape.digest, "evidence": order.evidence}
        audit.record(actor, Action.CONSENT_IMPORTED, order.source, after={**how, **vars(outcome)})
    return outcome


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if row.fault or any(map(str.strip, row.cells)))


def _read(batch: Sequence[Row], read: "_Reader", tell: Tell, outcome: Outcome) -> list[_Said]:
    good = []
    for row in batch:
        said = read(row)
        if isinstance(said, Fault):
            outcome.refused += 1
            tell(said)
        else:
            good.append(said)
    return sorted(good, key=lambda said: said.at or timezone.now())  # of one customer the last word counts


def _take(order: Order, batch: list[_Said], tell: Tell, outcome: Outcome) -> None:
    if not batch:
        return
    taken = intake.take([said.item for said in batch], order.source, received_at=timezone.now())
    outcome.new_customers += sum(one.outcome == intake.Outcome.NEW for one in taken)
    later = _later_yes(order, taken)
    choices: dict[int, Choice] = {}  # by the row of the file
    for said, one in zip(batch, taken, strict=True):
        if reason := _stale(said, one, later):
            _refuse(tell, outcome, said.row, reason)
            continue
        choices[said.row] = Choice(one.customer_id, order.purpose, order.channel, said.state, _proof(order, said, outcome.batch))
        if said.state in ALLOWING and not choices[said.row].proof.is_evidenced:
            outcome.unknown += 1
            tell(Fault(said.row, "", "", _("Without a time and evidence this is no proof: kept as unknown, and nothing is sent for it.")))
    _record(choices, tell, outcome)


def _record(choices: dict[int, Choice], tell: Tell, outcome: Outcome) -> None:
    done = recording.record_all(list(choices.values()), Proof(method="import", indicated_by="staff"))
    outcome.recorded += len(done.event_ids)
    row_of = {id(choice): row for row, choice in choices.items()}
    for refused in done.refused:
        _refuse(tell, outcome, row_of[id(refused.choice)], refused.text)


def _refuse(tell: Tell, outcome: Outcome, row: int, reason: str) -> None:
    outcome.refused += 1
    tell(Fault(row, "", "", reason))


def _later_yes(order: Order, taken: Sequence[Taken]) -> dict[int, datetime]:
    """Customer -> since when they say yes, of those that do."""
    states = ConsentState.objects.filter(
        customer_id__in={one.customer_id for one in taken}, purpose=order.purpose, channel=order.channel, state__in=ALLOWING
    )
    return dict(states.values_list("customer_id", "since"))


def _stale(said: _Said, one: Taken, later: dict[int, datetime]) -> str:
    if one.outcome == intake.Outcome.ERASED:
        return _("This customer was erased. Only they can come back, by confirming a form.")
    if said.state not in ALLOWING and said.at and one.customer_id in later and later[one.customer_id] > said.at:
        return _("This customer said yes after that.")
    return ""


def _proof(order: Order, said: _Said, batch: str) -> Proof:
    """A yes is the customer's own only with a time and with evidence; a no is believed as it is."""
    is_theirs = bool(order.evidence and said.at) or said.state not in ALLOWING
    return Proof(
        method="import",
        indicated_by="customer" if is_theirs else "staff",
        occurred_at=said.at,
        evidence_sha256=order.evidence if said.at else "",
        import_batch=batch,
        actor=order.actor,
        sale=said.sale,
        **said.proof,
    )


class _Reader:
    """The mapping of one file, made ready: call it with a row. Raises Unusable for a mapping that cannot be used."""

    def __init__(self, order: Order, names: list[str], tenant: Tenant) -> None:
        if unknown := next((each for each in order.mapping if each not in TARGETS), None):
            raise Unusable(_("“%(target)s” is none of: %(known)s.") % {"target": unknown, "known": ", ".join(TARGETS)})
        if missing := next((each for each in order.mapping.values() if each not in names), None):
            raise Unusable(
                _("There is no column “%(column)s”. There are: %(names)s.") % {"column": missing, "names": ", ".join(names)[:500]}
            )
        if not any(each in order.mapping for each in WHO):
            raise Unusable(_("Say which column holds the e-mail address, or the phone number."))
        self.places = {target: names.index(column) for target, column in order.mapping.items()}
        self.names, self.zone, self.country = order.mapping, tenant.zone, tenant.country
        self.is_soft = order.purpose.version.eprivacy_basis == PurposeVersion.EPrivacy.SOFT_OPT_IN

    def __call__(self, row: Row) -> _Said | Fault:
        if row.fault:
            return Fault(row.number, "", "", row.fault)
        self.row, self.target = row, ""
        try:
            said = self._claims()
            at = values.instant(raw, self.zone) if (raw := self._cell("given_at")) else None
            proof = {target: values.text(self._cell(target)) for target in PROVED if target in self.places}
            reached = {claim.kind: claim.value for claim in said}
            item = Item(said, timezone.now(), reached)
            return _Said(row.number, item, self._state(), at, proof, self._sale())
        except BadValue as problem:
            value = self._cell(self.target) if self.target else ""
            return Fault(row.number, self.names.get(self.target, ""), values.UNSTORABLE.sub("\ufffd", value)[:200], str(problem))

    def _claims(self) -> tuple[Claim, ...]:
        found = []
        if raw := self._cell("email"):
            found.append(claims.email(raw))
        if raw := self._cell("phone"):
            found.append(claims.phone(raw, self.country))
        if not found:
            raise BadValue(_("This row says nothing of whose it is."))
        return tuple(found)

    def _state(self) -> State:
        said = self._cell("state").lower()
        if "state" not in self.places:
            return State.GIVEN
        if said not in STATES:
            raise BadValue(_("This is neither a yes nor a no. Use given, withdrawn, refused or objected."))
        return STATES[said]

    def _sale(self) -> Sale | None:
        """A file that has columns for it holds soft opt-ins: the log refuses one of which anything is missing, with the reason (CC9)."""
        if not self.is_soft or not self.places.keys() & set(SALE):
            return None
        reference, product, offered = (values.text(self._cell(each)) for each in ("sale_reference", "sale_product", "sale_opt_out"))
        is_paid, is_same = (bool(raw) and values.yes_no(raw) for raw in (self._cell("sale_paid"), self._cell("sale_same_entity")))
        return Sale(reference, product, is_paid, offered, is_same)

    def _cell(self, target: str) -> str:
        self.target = target
        place = self.places.get(target, -1)
        return self.row.cells[place].strip() if 0 <= place < len(self.row.cells) else ""

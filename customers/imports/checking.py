"""A row of a file in, an `intake.Item` or the faults of the row out, by a mapping that is looked at once a file. Leaves no row.

What an empty cell says is nothing: it neither adds nor removes a value.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import tenancy
from customers import catalogue, identity, values
from customers.identity import Claim
from customers.imports.mapping import IDENTIFIERS, OF_AN_EVENT, day_first
from customers.imports.reading import Row
from customers.intake import Happening, Item
from customers.models import Attribute, EventType, Import
from customers.values import BadValue

Kind = Import.Kind
Read = Callable[[str], Any]
REMEMBERED = 5_000  # values of a column that are not parsed again
COUNTRY = 2  # letters


class Fault(NamedTuple):
    row: int
    column: str
    value: str
    reason: str


class _Column(NamedTuple):
    place: int
    name: str
    target: str
    read: Read


class Checker:
    """The mapping of one import, made ready: call it with a row."""

    def __init__(self, run: Import, names: Sequence[str]) -> None:
        tenant = tenancy.current()
        self.run, self.names, self.width = run, names, len(names)
        self.zone, self.country = tenant.zone, tenant.country
        self.event_type = catalogue.event_types().get(run.event_type) if run.kind == Kind.EVENTS else None
        self.currency = run.options.get("currency") or tenant.currency
        self.at: datetime = run.started_at
        self.place = {target: names.index(column) for target, column in run.mapping.items()}
        self.claims = self._columns(IDENTIFIERS, self._claim_reader)
        of_event = run.kind == Kind.EVENTS
        others = [target for target in run.mapping if target not in (*IDENTIFIERS, *(OF_AN_EVENT if of_event else ()))]
        if of_event and self._amount_key in others:
            others.remove(self._amount_key)
        self.values = self._columns(others, self._property_reader if of_event else self._attribute_reader)

    def __call__(self, row: Row) -> Item | list[Fault]:
        if (row.fault or len(row.cells) != self.width) and (fault := row.fault or self._misshapen(row.cells)):
            return [Fault(row.number, "", "", fault)]
        faults: list[Fault] = []
        claims = self._said(row, self.claims, faults)
        said = self._said(row, self.values, faults)
        happening = self._happening(row, said, faults) if self.run.kind == Kind.EVENTS else None
        if not claims and not faults:
            faults.append(Fault(row.number, "", "", _("This row says nothing of whose it is.")))
        return faults or self._item(claims, said, happening)

    def _item(self, claims: dict[str, Claim], said: dict[str, Any], happening: Happening | None) -> Item:
        reached = {key: claims[key].value for key in ("email", "phone") if key in claims}
        if happening:
            return Item(tuple(claims.values()), happening.occurred_at, reached, {}, happening)
        return Item(tuple(claims.values()), self.at, said | reached, {})

    def _said(self, row: Row, columns: list[_Column], faults: list[Fault]) -> dict[str, Any]:
        found, cells = {}, row.cells
        for place, name, target, read in columns:
            if raw := cells[place].strip():
                try:
                    found[target] = read(raw) if target != "phone" else self._phone(raw, cells)
                except BadValue as problem:
                    faults.append(Fault(row.number, name, raw, str(problem)))
        return found

    def _misshapen(self, cells: list[str]) -> str:
        """Cells beyond the last column may be there as long as they are empty."""
        if len(cells) > self.width and not any(map(str.strip, cells[self.width :])):
            return ""
        return _("This row has %(count)s cells; the header has %(width)s.") % {"count": len(cells), "width": self.width}

    # --- who

    def _columns(self, targets: Sequence[str], reader: Callable[[str], Read]) -> list[_Column]:
        return [
            _Column(self.place[target], self.names[self.place[target]], target, reader(target))
            for target in targets
            if target in self.place
        ]

    def _claim_reader(self, target: str) -> Read:
        readers = {"external_id": partial(identity.external, source=self.run.source), "email": identity.email, "phone": identity.phone}
        return readers.get(target, identity.anonymous)

    def _phone(self, raw: str, cells: list[str]) -> Claim:
        """A number that names no country is one of the customer's own, where the file tells it."""
        place = self.place.get("country")
        country = cells[place].strip().upper() if place is not None else ""
        return identity.phone(raw, country if len(country) == COUNTRY and country.isalpha() else self.country)

    # --- what

    def _attribute_reader(self, target: str) -> Read:
        attribute = catalogue.attributes()[target]
        if attribute.type == Attribute.Type.TEXT:
            return _text
        return self._dated(target, partial(values.parse, attribute=attribute, zone=self.zone))

    def _property_reader(self, target: str) -> Read:
        kind = _types(self.event_type).get(target, Attribute.Type.TEXT)
        if kind in (Attribute.Type.CHOICE, Attribute.Type.TEXT):
            return _text
        if kind == Attribute.Type.CHOICES:
            return lambda raw: sorted({part.strip() for part in values.text(raw).split(";")})
        return self._dated(
            target, values.decimal if kind == Attribute.Type.MONEY else partial(values.parse_type, type=kind, zone=self.zone)
        )

    def _dated(self, target: str, read: Read) -> Read:
        if target in self.run.options.get("month_first", ()):
            return lru_cache(REMEMBERED)(lambda raw: read(day_first(raw)))
        return lru_cache(REMEMBERED)(read)

    # --- what happened

    def _happening(self, row: Row, said: dict[str, Any], faults: list[Fault]) -> Happening | None:
        try:
            at = self._when(row)
        except BadValue as problem:
            faults.append(Fault(row.number, self.run.mapping["timestamp"], self._cell(row, "timestamp"), str(problem)))
            return None
        try:
            amount, currency = self._amount(row)
            if order := self._cell(row, "order_id"):
                said["order_id"] = values.text(order)
        except BadValue as problem:
            target = self._amount_target if self._amount_target in self.place else "order_id"
            faults.append(Fault(row.number, self.run.mapping[target], self._cell(row, target), str(problem)))
            return None
        return Happening(self.run.event_type, self._message_id(row), at, said, amount, currency)

    def _when(self, row: Row) -> datetime:
        raw = self._cell(row, "timestamp")
        if not raw:
            raise BadValue(_("This row says nothing of when it happened."))
        return values.instant(day_first(raw) if "timestamp" in self.run.options.get("month_first", ()) else raw, self.zone)

    def _amount(self, row: Row) -> tuple[int | None, str]:
        if not (raw := self._cell(row, self._amount_target)):
            return None, ""
        currency = (self._cell(row, "currency") or self.currency).upper()
        if len(currency) != 3 or not currency.isalpha() or not currency.isascii():
            raise BadValue(_("This is not a currency. Write it as EUR."))
        return values.amount(raw, currency), currency

    def _message_id(self, row: Row) -> UUID:
        """Of what the file says of it, else of the file and the row: the same file once more adds nothing."""
        for target in ("message_id", "order_id"):
            if said := self._cell(row, target):
                return _uuid(f"{self.run.event_type}\0{said}")
        return _uuid(f"{self.run.digest}\0{self.run.event_type}\0{row.number}")

    def _cell(self, row: Row, target: str) -> str:
        place = self.place.get(target)
        return row.cells[place].strip() if place is not None else ""

    @property
    def _amount_key(self) -> str:
        return self.event_type.amount_key if self.event_type else ""

    @property
    def _amount_target(self) -> str:
        return self._amount_key if self._amount_key in self.place else "amount"


def _text(raw: str) -> str:
    """As values.text, which looks at it letter by letter: here what is printable and short has nothing wrong with it."""
    return raw if len(raw) <= values.LONGEST_TEXT and raw.isprintable() else values.text(raw)


def _types(event_type: EventType | None) -> dict[str, str]:
    return {entry["key"]: entry["type"] for entry in event_type.properties} if event_type else {}


def _uuid(said: str) -> UUID:
    return UUID(bytes=blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest())

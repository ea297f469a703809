"""One item of a batch, as JSON, in; an `intake.Item` out, or `Unusable` with the place and what would be right. Leaves no row.

The words are those of Segment's specification: identify, track, page, screen, group, alias, their ids, traits and properties.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from accounts import tenancy
from customers import catalogue, identity, values
from customers.identity import Claim
from customers.ingest.limits import DEEPEST
from customers.intake import Happening, Item
from customers.models import EventType, Source
from customers.values import BadValue

FUTURE = timedelta(minutes=5)  # a time further ahead than this is taken for the time of arrival
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
EVENT_OF = {"page": "Page Viewed", "screen": "Screen Viewed", "group": "Group Joined"}
# Traits of Segment's specification that have another name here.
TRAITS = {"createdAt": "signup_at", "created_at": "signup_at", "postalCode": "postcode", "postal_code": "postcode", "zip": "postcode"}
# Parts of an address that are of the customer: a name or a phone beside them may be of whoever opens the door.
PLACE = frozenset({"street", "city", "state", "country", *(name for name, here in TRAITS.items() if here == "postcode"), "postcode"})
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
CURRENCY = re.compile(r"[A-Z]{3}")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")  # RFC 9562 §4
NOBODY = "userId: an item names a userId, an anonymousId, or an e-mail or phone among its traits"
NO_DEVICE = "anonymousId: this source does not say who somebody is, so an item names a device"
_read_json = msgspec.json.Decoder()


class Unusable(ValueError):
    """The item cannot be taken in as it is. A retry does not help; a correction does. The text is the place and what is wrong."""


class Reader:
    """Reads items of one source, against the catalogue as it stood when the reader was made."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tenant = tenancy.current()
        self.zone = self.tenant.zone
        self.attributes = catalogue.attributes()
        self.types = {name: _Typed(kind) for name, kind in catalogue.event_types().items()}
        self.names = {name.casefold(): name for name in self.types}
        self.keys: dict[str, Any] = {}

    def read(self, raw: bytes, *, received_at: datetime, sent_at: Any = None, place: int = 0) -> Item:
        """`sent_at`: of the batch. `place`: in the batch, for an item without an id. Raises Unusable."""
        try:
            said = _read_json.decode(raw)
            _refuse_unstorable(raw, said)
            at = _when(said, received_at, sent_at)
            who = self._claims(said)
            return self._item(said, who, at, _message_id(said, raw, place, sent_at or received_at))
        except (BadValue, msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as problem:
            raise Unusable(_reason(problem)) from None

    def _item(self, said: dict[str, Any], who: list[Claim], at: datetime, message_id: UUID) -> Item:
        kind = said.get("type")
        if kind not in ("identify", "track", "alias", *EVENT_OF):
            raise Unusable("type: one of identify, track, page, screen, group and alias")
        known, undeclared = self._values(_traits(said, kind), who)
        if not who:
            raise Unusable(NOBODY if self.source.identifies else NO_DEVICE)
        happening = self._happening(said, kind, at, message_id)
        same = tuple(self._same_as(said)) if kind == "alias" else ()
        claims = tuple(who) if len(who) == 1 else tuple(sorted(set(who), key=_strength))
        return Item(claims, at, known, undeclared, happening, same)

    def _claims(self, said: dict[str, Any]) -> list[Claim]:
        who = []
        if self.source.identifies and (user := _id(said, "userId")):
            who.append(identity.external(user, self.source))
        if device := _id(said, "anonymousId"):
            who.append(identity.anonymous(device))
        return who

    def _same_as(self, said: dict[str, Any]) -> list[Claim]:
        """The id before: of a device where it has the form that libraries give those, else a number of the source."""
        if not self.source.identifies:
            raise Unusable("type: this source does not say who somebody is, so it joins no two ids")
        before = _id(said, "previousId")
        if not before:
            raise Unusable("previousId: an alias names the id before")
        return [identity.anonymous(before) if _uuid(before) else identity.external(before, self.source)]

    def _values(self, traits: dict[str, Any], who: list[Claim]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Values of the catalogue, and what is in no catalogue. An e-mail and a phone also say who it is: they are added to `who`."""
        known, undeclared = {}, {}
        for key, raw in traits.items():
            if raw is None or raw == "" or (key in ("email", "phone") and not self.source.identifies):
                continue
            try:
                if key in ("email", "phone"):
                    claim = identity.email(_word(raw)) if key == "email" else identity.phone(_word(raw), self.tenant.country)
                    who.append(claim)
                    known[key] = claim.value
                elif attribute := self._attribute(key):
                    known[attribute.key] = values.parse(raw, attribute, zone=self.zone)
                else:
                    undeclared[key[:100]] = raw
            except BadValue as problem:
                raise Unusable(f"traits.{key}: {problem}") from None
        return known, undeclared

    def _attribute(self, key: str) -> Any:
        """Looked up once a key: as it is written, by its name here, and with underscores for capitals."""
        if key not in self.keys:
            names = (key, TRAITS.get(key), CAPITAL.sub("_", key).lower())
            self.keys[key] = next((self.attributes[name] for name in names if name in self.attributes), None)
        return self.keys[key]

    def _happening(self, said: dict[str, Any], kind: str, at: datetime, message_id: UUID) -> Happening | None:
        if kind in ("identify", "alias"):
            return None
        name = self._name(said) if kind == "track" else EVENT_OF[kind]
        properties = _properties(said, kind)
        typed = self.types.get(name)
        currency = _currency(properties, self.tenant.currency) if typed and typed.amount_key else ""
        amount = typed.check(properties, currency, self.zone) if typed else None
        return Happening(name, message_id, at, properties, amount, currency if amount is not None else "")

    def _name(self, said: dict[str, Any]) -> str:
        """In the letters in which it is known: "order  completed" is no other event than "Order Completed"."""
        if isinstance(name := said.get("event"), str) and name in self.types:
            return name
        name = _name(said)
        return name if name in self.types else self.names.get(name.casefold(), name)


class _Typed:
    """The typed properties of one kind of event."""

    def __init__(self, kind: EventType) -> None:
        self.types = {one["key"]: one["type"] for one in kind.properties}
        self.amount_key = kind.amount_key

    def check(self, properties: dict[str, Any], currency: str, zone: Any) -> int | None:
        """Puts each typed property in its one form, and answers the amount in minor units. Money stays as it is written: 12.5."""
        for key in self.types.keys() & properties.keys():
            raw = properties[key]
            if raw is not None and raw != "":
                properties[key] = self._one(key, raw, zone)
        amount = properties.get(self.amount_key) if self.amount_key else None
        try:
            return None if amount is None or amount == "" else values.amount(amount, currency)
        except BadValue as problem:
            raise Unusable(f"properties.{self.amount_key}: {problem}") from None

    def _one(self, key: str, raw: Any, zone: Any) -> Any:
        kind = self.types[key]
        if kind == "products":
            if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
                raise Unusable(f"properties.{key}: a list of products, each an object")
            return raw
        if kind in _AS_IT_IS and type(raw) in _AS_IT_IS[kind]:
            return raw
        try:
            return values.parse_type(raw, _FORM.get(kind, kind), zone=zone)
        except BadValue as problem:
            raise Unusable(f"properties.{key}: {problem}") from None


_FORM = {"money": "decimal", "choice": "text"}
_AS_IT_IS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "choice": (str,),
    "decimal": (int,),
    "money": (int,),
    "whole": (int,),
    "yes_no": (bool,),
    "choices": (list,),
}


def _refuse_unstorable(raw: bytes, said: Any) -> None:
    """Looks closer only where the text gives a reason to: an escape, or many brackets."""
    if not isinstance(said, dict):
        raise Unusable("an item is an object")
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _depth(said) > DEEPEST:
        raise Unusable(f"nested deeper than {DEEPEST} levels")
    if b"\\u" in raw and not values.is_storable(said):
        raise Unusable("holds a character that is no text, such as \\u0000")


def _depth(said: Any) -> int:
    level, deep = [said], 0
    while level and deep <= DEEPEST:
        deep += 1
        inside = [value for one in level for value in (one.values() if isinstance(one, dict) else one)]
        level = [value for value in inside if isinstance(value, dict | list)]
    return deep


def _when(said: dict[str, Any], received_at: datetime, batch_sent_at: Any) -> datetime:
    """When it happened by our clock: the time of arrival, less what lay between happening and sending by theirs.

    So a clock that is a year wrong does no harm, and an item that waited on a telephone for a day is of yesterday.
    """
    raw = said.get("timestamp") or said.get("originalTimestamp")
    if raw is None:
        return received_at
    at = _time(raw, "timestamp")
    sent_at = _time_or_none(said.get("sentAt") or batch_sent_at)
    if sent_at is not None:
        at = _by_our_clock(at, sent_at, received_at)
    if at < EARLIEST:
        raise Unusable("timestamp: before 1900")
    return received_at if at > received_at + FUTURE else at


def _by_our_clock(at: datetime, sent_at: datetime, received_at: datetime) -> datetime:
    """As it was said, where the time of sending makes nonsense of it."""
    try:
        ours = received_at - (sent_at - at)
    except OverflowError:
        return at
    return ours if EARLIEST <= ours <= received_at + FUTURE else at


def _time(raw: Any, place: str) -> datetime:
    if isinstance(raw, str):
        try:
            at = datetime.fromisoformat(raw)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        except ValueError:
            pass
    try:
        return values.instant(raw, UTC)
    except BadValue as problem:
        raise Unusable(f"{place}: {problem}") from None


def _time_or_none(raw: Any) -> datetime | None:
    try:
        return _time(raw, "sentAt") if raw else None
    except Unusable:
        return None


def _message_id(said: dict[str, Any], raw: bytes, place: int, moment: Any) -> UUID:
    """The item's own id; of other texts 128 bits of a hash. Without one: of the item, so that a batch that comes twice is known again.

    `moment`: when the batch says that it was sent; else when it came, so that an item without any time is not taken for that of yesterday.
    """
    said_id = said.get("messageId")
    if isinstance(said_id, str) and (known := _uuid(said_id)):
        return known
    if said_id := _id(said, "messageId"):
        return _uuid(said_id) or _hashed(said_id.encode())
    own = said.get("timestamp") or said.get("originalTimestamp") or said.get("sentAt")
    return _hashed(b"%d\n%s\n%s" % (place, b"" if own else str(moment).encode(), raw))


def _hashed(text: bytes) -> UUID:
    return UUID(bytes=blake2b(text, digest_size=16).digest())


def _uuid(text: str) -> UUID | None:
    return UUID(text) if UUID_FORM.fullmatch(text) else None


def _id(said: dict[str, Any], key: str) -> str:
    """Numbers are ids too. "" when there is none."""
    raw = said.get(key)
    if raw is None:
        return ""
    try:
        return _word(raw).strip()
    except BadValue as problem:
        raise Unusable(f"{key}: {problem}") from None


def _word(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    raise BadValue("a text or a whole number")


def _name(said: dict[str, Any]) -> str:
    name = said.get("event")
    if not isinstance(name, str) or not (name := " ".join(name.split())):
        raise Unusable("event: the name of the event")
    if len(name) > 100:
        raise Unusable("event: longer than 100 characters")
    return name


def _object(said: dict[str, Any], key: str, place: str = "") -> dict[str, Any]:
    found = said.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unusable(f"{place}{key}: an object")
    return found


def _traits(said: dict[str, Any], kind: str) -> dict[str, Any]:
    """Of the customer. Those of a group call are of the group, except what its context says."""
    context = said.get("context")
    traits = _object(context, "traits", "context.") if isinstance(context, dict) else {}
    if kind != "group" and (own := _object(said, "traits")):
        traits = {**traits, **own}
    return _spread(traits) if any(isinstance(traits.get(key), dict) for key in ("address", "company")) else traits


def _spread(traits: dict[str, Any]) -> dict[str, Any]:
    """An address and a company are objects in Segment's specification: the standard parts are traits, the others get its name in front."""
    plain = {key: value for key, value in traits.items() if key not in ("address", "company")}
    for key in ("address", "company"):
        if not isinstance(traits.get(key), dict):
            plain |= {key: traits[key]} if key in traits else {}
            continue
        for part, value in traits[key].items():
            is_place = key == "address" and part in PLACE
            plain["company" if (key, part) == ("company", "name") else part if is_place else f"{key}_{part}"] = value
    return plain


def _properties(said: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "group":
        return {**_object(said, "traits"), "groupId": _id(said, "groupId")}
    properties = dict(_object(said, "properties"))
    if kind in ("page", "screen"):
        named = {key: said[key] for key in ("name", "category") if isinstance(said.get(key), str)}
        context = said.get("context")
        page = _object(context, "page", "context.") if kind == "page" and isinstance(context, dict) else {}
        shown = {key: page[key] for key in ("url", "path", "title", "referrer") if key in page}
        return {**shown, **named, **properties}
    return properties


def _currency(properties: dict[str, Any], of_tenant: str) -> str:
    raw = properties.get("currency")
    if raw is None or raw in ("", of_tenant):
        return of_tenant
    if not isinstance(raw, str) or not CURRENCY.fullmatch(raw.strip().upper()):
        raise Unusable("properties.currency: three letters, as EUR")
    return raw.strip().upper()


def _strength(claim: Claim) -> int:
    return ("external", "email", "phone", "anonymous").index(claim.kind)


def _reason(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return f"nested deeper than {DEEPEST} levels"
    if isinstance(problem, OverflowError):
        return "timestamp: no time that exists"
    return f"not JSON: {problem}" if isinstance(problem, msgspec.DecodeError | UnicodeDecodeError) else str(problem)

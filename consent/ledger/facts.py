"""An event of the log in, everything a receipt says of it out, gathered from the register; or the names of what is missing (CR12)."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts import tenancy
from accounts.models import LegalIdentity
from consent.ledger import reading
from consent.ledger.reading import Placed
from consent.models import Notice, PurposeVersion

EEA = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split()  # noqa: SIM905 - reads better
)
ALLOWING = ("given", "renewed")


class NoReceipt(Exception):
    """There is no such event, it is not about consent, or nobody can read it any more. A retry does not help."""


class Incomplete(Exception):
    """A receipt would lack what its standard asks for. `missing`: names of the fields. Fill them in and try again."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"A receipt of this event would lack: {', '.join(missing)}.")
        self.missing = missing


@dataclass(frozen=True)
class Facts:
    event_id: UUID
    placed: Placed
    said: dict[str, str]
    version: PurposeVersion
    notice: Notice
    identity: LegalIdentity
    language: str

    @cached_property
    def text(self) -> dict[str, str]:
        return self.version.text_in(self.language)

    @property
    def occurred_at(self) -> datetime:
        return datetime.fromisoformat(self.said["occurred_at"])

    @property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.said["recorded_at"])

    @property
    def method(self) -> str:
        """In one line, with what EDPB 05/2020 §108 asks to keep of the session."""
        names = ("method", "form_version", "control", "control_default")
        said = [f"{name.replace('_', ' ')}: {self.said[name]}" for name in names if self.said.get(name)]
        return ", ".join([*said, *(["confirmed by mail"] if self.said.get("confirm_message_id") else [])])

    @property
    def choices_url(self) -> str:
        return settings.BASE_URL + reverse("portal:ask", args=[tenancy.current().slug])

    @property
    def notice_url(self) -> str:
        return settings.BASE_URL + reverse("portal:notice", args=[tenancy.current().slug, self.notice.public_id])

    @property
    def kept(self) -> Any:
        return f"P{self.version.kept_days}D" if self.version.kept_days else _until(self.version.kept_reason)

    @property
    def valid(self) -> Any:
        """What holds until the customer changes it has no end of its own (DPV27560 §8.5.4)."""
        until = self.said.get("valid_until")
        if not until:
            return _until("until the customer chooses otherwise")
        days = (datetime.fromisoformat(until) - self.occurred_at).days
        return {"@type": "dpv:TemporalDuration", "@value": f"P{days}D"}

    @property
    def locations(self) -> list[dict[str, str]]:
        country = tenancy.current().country
        home = "EU" if country in EEA else country
        return [{"@id": f"loc:{home}"}, *({"dct:title": transfer["country"]} for transfer in self.version.transfers)]

    def missing(self) -> list[str]:
        """In words of ISO/IEC TS 27560, the mandatory ones first (privacy.md §2.1)."""
        version, identity, said = self.version, self.identity, self.said
        needed = {
            "purpose": self.text["title"] and self.text["text"],
            "purpose_type": version.dpv_term,
            "lawful_basis": version.gdpr_basis and version.eprivacy_basis,
            "pii_information": version.data_categories,
            "collection_method": version.sources and self.method,
            "retention_period": version.kept_days or version.kept_reason,
            "party_name": identity.legal_name,
            "party_address": identity.street and identity.postal_code and identity.city and identity.country,
            "party_contact": identity.privacy_email,
            "recipient_third_parties": all(party.get("name") for party in version.recipients),
            "privacy_notice": self.notice.text,
            "language": self.language,
            "event_time": said.get("occurred_at") and said.get("recorded_at"),
            "event_state": said.get("state"),
            "entity_id": said.get("indicated_by"),
            "validity_duration": said.get("valid_until") or said.get("state") not in ALLOWING or not version.valid_days,
        }
        return [name for name, value in needed.items() if not value]


def of_event(event_id: UUID, language: str) -> Facts:
    """Raises NoReceipt, Incomplete, keys.KeyLost."""
    placed = reading.placed(event_id)
    said = {name: value for name, (_salt, value) in placed.salted.items()} if placed else {}
    if placed is None or said.get("kind") != "consent":
        raise NoReceipt(f"Event {event_id} is no choice of a customer that can be read.")
    number = said.get("purpose_version", "")
    versions = PurposeVersion.objects.select_related("purpose").filter(purpose__key=said["purpose"])
    version = versions.filter(number=number).first() if number.isdecimal() else None
    notice = _notice(version, said)
    rows = {"purpose": version, "privacy_notice": notice, "pii_controllers": LegalIdentity.objects.first()}
    if absent := [name for name, row in rows.items() if row is None]:
        raise Incomplete(absent)
    facts = Facts(event_id, placed, said, *rows.values(), language)  # type: ignore[arg-type]
    if lacks := facts.missing():
        raise Incomplete(lacks)
    return facts


def _notice(version: PurposeVersion | None, said: dict[str, str]) -> Notice | None:
    """What was shown then; of a no that came without one, such as a click in a mail, the newest one of that version."""
    shown = Notice.objects.filter(purpose_version=version).order_by("-pk")
    if "notice_sha256" in said:
        return shown.filter(sha256=said["notice_sha256"]).first()
    return None if said.get("state") in ALLOWING else shown.first()


def _until(what: str) -> dict[str, str]:
    return {"@type": "dpv:UntilEventDuration", "dct:description": what}

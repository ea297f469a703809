"""The log of a tenant in, what a colleague sees of it out: its size, what is signed, where copies are, if it adds up. Leaves no row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.ledger import checking, reading, signing, tree
from consent.ledger.keys import KeyLost, Unreadable
from consent.ledger.reading import Opened
from consent.models import Channel, Checkpoint, CheckpointCopy, LedgerCheck, LedgerEvent, LedgerInbox, SigningKey, State

KEYS = 20
KINDS = {
    "hold": _("Put on hold"),
    "release": _("No longer on hold"),
    "frequency": _("How often they want to hear from us"),
    "purpose_version": _("A purpose was published"),
    "transparency_version": _("The transparency page was published"),
    "signing_key": _("A new key that signs"),
    "rights_request": _("A rights request"),
    "erased": _("Erased"),
}
# In the order in which a page shows them. A field that is not here stands under its own name.
LABELS = {
    "purpose": _("Purpose"),
    "purpose_version": _("Version of the purpose"),
    "channel": _("Channel"),
    "state": _("State"),
    "basis": _("Legal basis"),
    "occurred_at": _("When they chose"),
    "recorded_at": _("When it was logged"),
    "valid_until": _("Holds until"),
    "label": _("Text beside the control"),
    "control": _("Control"),
    "control_default": _("How the control stood before"),
    "method": _("How"),
    "indicated_by": _("By whom"),
    "actor": _("Who entered it"),
    "form_version": _("Version of the form"),
    "page_url": _("Page"),
    "notice_language": _("Language"),
    "notice_sha256": _("Hash of the text that was shown"),
    "confirm_message_id": _("Mail that confirmed it"),
    "import_batch": _("Import"),
    "evidence_sha256": _("Hash of the proof"),
    "text": _("Note"),
    "ip": _("IP address"),
    "user_agent": _("Browser"),
}


@dataclass(frozen=True)
class Key:
    row: SigningKey
    text: str  # as others write it down


@dataclass(frozen=True)
class Log:
    size: int
    waiting: int
    checkpoint: Checkpoint | None
    checked: LedgerCheck | None
    checking: LedgerCheck | None
    copies: list[CheckpointCopy]
    keys: list[Key]


@dataclass(frozen=True)
class Line:
    """An event in a list. `said`: nothing where nobody can read it any more, or not with the keys there are."""

    event: LedgerEvent
    said: dict[str, str]

    @property
    def at(self) -> datetime | None:
        return moment(self.said)

    @property
    def title(self) -> str:
        return title(self.said)


def log() -> Log:
    keys = SigningKey.objects.order_by("-pk")[:KEYS]
    return Log(
        size=tree.size(),
        waiting=LedgerInbox.objects.count(),
        checkpoint=Checkpoint.objects.order_by("-tree_size").first(),
        checked=checking.last(),
        checking=checking.running(),
        copies=list(CheckpointCopy.objects.order_by("pk")),
        keys=[Key(key, signing.verifier_key(key)) for key in keys],
    )


def lines(events: Sequence[LedgerEvent]) -> list[Line]:
    opened = _opened([event.event_id for event in events])
    return [Line(event, opened[event.event_id].fields if event.event_id in opened else {}) for event in events]


def evidence(event: LedgerEvent) -> dict[str, Any]:
    """Its fields in order, and the names of those that are gone."""
    found = _opened([event.event_id]).get(event.event_id)
    said = found.fields if found else {}
    gone = [_label(name) for name in (found.names if found else ()) if name not in said]
    fields = [(_label(name), said[name]) for name in sorted(said, key=_place)]
    about = {"said": said, "title": title(said), "at": moment(said), "hash": bytes(event.leaf_hash).hex()}
    return {"fields": fields, "gone": gone, "is_locked": found is None, **about}


def title(said: dict[str, str]) -> str:
    """What an event says, in a line."""
    kind = said.get("kind", "")
    if not said:
        return gettext("Cannot be read any more")
    if kind == "consent":
        return " · ".join([said["purpose"], _word(Channel, said["channel"]), _word(State, said["state"])])
    named = said.get("purpose") or said.get("hold") or said.get("number")
    return f"{KINDS.get(kind, kind)} · {named}" if named else str(KINDS.get(kind, kind))


def _word(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def _label(name: str) -> str:
    return str(LABELS.get(name, name))


def _place(name: str) -> tuple[int, str]:
    return (list(LABELS).index(name) if name in LABELS else len(LABELS), name)


def moment(said: dict[str, str]) -> datetime | None:
    try:
        return datetime.fromisoformat(said.get("recorded_at", said.get("at", "")))
    except ValueError:
        return None


def _opened(event_ids: Sequence[UUID]) -> dict[UUID, Opened]:
    """Each by itself when one of them cannot be opened, so that the others are still shown."""
    try:
        return {event.event_id: event for event in reading.of_events(event_ids)}
    except (KeyLost, Unreadable):
        return {event.event_id: event for event_id in event_ids for event in _one(event_id)}


def _one(event_id: UUID) -> list[Opened]:
    try:
        return reading.of_events([event_id])
    except (KeyLost, Unreadable):
        return []

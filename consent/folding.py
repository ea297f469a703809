"""Events of the log in, what they add up to out: for each purpose and channel one state. Leaves the rows of `ConsentState` anew.

The state table is this fold and nothing else (tests/consent/test_folding.py); `manage rebuild_consent_state` makes it anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consent.ledger import reading
from consent.ledger.reading import Opened
from consent.models import ConsentState, Frequency, Hold, Purpose, State, Subject

BATCH = 5_000  # subjects at a time
PENDING = (State.UNKNOWN, State.REQUESTED, State.DEFERRED)


class Folded(NamedTuple):
    """The newest word on one purpose and channel."""

    state: State
    basis: str
    version: int
    since: datetime
    until: datetime | None
    event_id: UUID


def replaces(state: str, standing: str | None) -> bool:
    """A question, or a claim without proof, takes nothing back: neither a no, nor a yes that stands (CC7)."""
    return standing is None or standing in PENDING or state not in PENDING


def fold(events: Iterable[Opened]) -> dict[tuple[str, str], Folded]:
    """By (key of the purpose, channel). `events`: of one subject, in order; what nobody can read any more counts for nothing."""
    states: dict[tuple[str, str], Folded] = {}
    for event in events:
        said = event.fields
        if said.get("kind") != "consent":
            continue
        key = said["purpose"], said["channel"]
        if replaces(said["state"], states[key].state if key in states else None):
            states[key] = _folded(event)
    return states


def _folded(event: Opened) -> Folded:
    said = event.fields
    until = datetime.fromisoformat(said["valid_until"]) if "valid_until" in said else None
    since = datetime.fromisoformat(said["occurred_at"])
    return Folded(State(said["state"]), said["basis"], int(said["purpose_version"]), since, until, event.event_id)


def fold_holds(events: Iterable[Opened]) -> dict[str, Opened]:
    """By kind of hold, the event that put it up; "frequency" for the limit of messages."""
    held: dict[str, Opened] = {}
    for event in events:
        kind = event.fields.get("kind")
        if kind == "hold":
            held[event.fields["hold"]] = event
        elif kind == "release":
            held.pop(event.fields["hold"], None)
        elif kind == "frequency":
            _fold_frequency(held, event)
    return held


def _fold_frequency(held: dict[str, Opened], event: Opened) -> None:
    if event.fields.get("most"):
        held["frequency"] = event
    else:
        held.pop("frequency", None)


def rebuild() -> int:
    """All of it, from the log alone; answers how many states there are. In one transaction: nobody sees it half."""
    purposes = dict(Purpose.objects.values_list("key", "pk"))
    for model in (ConsentState, Hold, Frequency):
        model.objects.all().delete()
    linked = Subject.objects.exclude(customer_id=None).order_by("pk").values_list("pk", "customer_id")
    everybody = dict(linked)
    ids = list(everybody)
    return sum(_rebuild({pk: everybody[pk] for pk in ids[start : start + BATCH]}, purposes) for start in range(0, len(ids), BATCH))


def _rebuild(customers: Mapping[int, int], purposes: Mapping[str, int]) -> int:
    events: dict[int, list[Opened]] = {}
    for event in reading.of_subjects(list(customers)):
        events.setdefault(customers[event.subject_id], []).append(event)
    states = [
        ConsentState(customer_id=customer_id, purpose_id=purposes[key], channel=channel, **folded._asdict())
        for customer_id, theirs in events.items()
        for (key, channel), folded in fold(theirs).items()
    ]
    ConsentState.objects.bulk_create(states)
    for customer_id, theirs in events.items():
        _put_holds(customer_id, fold_holds(theirs))
    return len(states)


def _put_holds(customer_id: int, held: Mapping[str, Opened]) -> None:
    for kind, event in held.items():
        values = {"customer_id": customer_id, "since": datetime.fromisoformat(event.fields["occurred_at"]), "event_id": event.event_id}
        if kind == "frequency":
            Frequency.objects.create(most=int(event.fields["most"]), per=event.fields["per"], **values)
        else:
            until = event.fields.get("until")
            Hold.objects.create(kind=kind, until=datetime.fromisoformat(until) if until else None, **values)

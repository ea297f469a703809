"""A customer in; what they may choose, what stands, and everything that was ever chosen, out: for pages. Leaves no row."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone, translation

from consent import gate
from consent.ledger import reading
from consent.models import ConsentState, Frequency, Hold, Notice, Purpose, PurposeVersion, Reason, Subject
from customers.staging import rows

# The rows of the customer that any of them belongs to.
ROWS = """
WITH root AS (SELECT COALESCE(c.root_id, c.id) AS id FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.id = %(id)s)
SELECT c.id FROM root JOIN customers_customer c ON c.tenant_id = %(tenant)s AND (c.id = root.id OR c.root_id = root.id)
 ORDER BY c.id <> root.id, c.id
"""


class Line(NamedTuple):
    """One purpose on one channel. `reason` is the gate's own answer, so that the page never says other than what will be done."""

    channel: str
    state: ConsentState | None
    reason: Reason

    @property
    def is_allowed(self) -> bool:
        return self.reason == Reason.ALLOWED


class PurposeChoices(NamedTuple):
    purpose: Purpose
    version: PurposeVersion
    text: dict[str, str]
    lines: list[Line]


class Happened(NamedTuple):
    event_id: str
    at: datetime
    fields: dict[str, str]


def rows_of(customer_id: int) -> list[int]:
    """All rows that stand for this customer, its root first."""
    return [row_id for (row_id,) in rows(ROWS, {"id": customer_id})]


def of_customer(customer_id: int) -> list[PurposeChoices]:
    """Every purpose in force, in the order of the portal; two queries for each purpose and channel at most."""
    row_ids = rows_of(customer_id)
    states = _states(row_ids)
    purposes = Purpose.objects.live().select_related("version")
    return [_choices(purpose, row_ids[0], states) for purpose in purposes] if row_ids else []


def _states(row_ids: list[int]) -> dict[tuple[int, str], ConsentState]:
    """The newest word on each purpose and channel."""
    found = ConsentState.objects.filter(customer_id__in=row_ids).order_by("since")
    return {(state.purpose_id, state.channel): state for state in found}


def _choices(purpose: Purpose, root_id: int, states: dict[tuple[int, str], ConsentState]) -> PurposeChoices:
    lines = [_line(purpose, channel, root_id, states.get((purpose.pk, channel))) for channel in purpose.version.channels]
    return PurposeChoices(purpose, purpose.version, purpose.version.text_in(translation.get_language()), lines)


def _line(purpose: Purpose, channel: str, root_id: int, state: ConsentState | None) -> Line:
    return Line(channel, state, gate.ask([root_id], purpose, channel)[root_id].reason)


def holds(customer_id: int) -> dict[str, Hold]:
    """By kind, those that stand now."""
    standing = Hold.objects.filter(customer_id__in=rows_of(customer_id))
    return {held.kind: held for held in standing if held.until is None or held.until > timezone.now()}


def frequency(customer_id: int) -> Frequency | None:
    return Frequency.objects.filter(customer_id__in=rows_of(customer_id)).order_by("-since").first()


def history(customer_id: int) -> list[Happened]:
    """All of it, newest first."""
    ids = list(Subject.objects.filter(customer_id__in=rows_of(customer_id)).values_list("pk", flat=True))
    events = [each for each in reading.of_subjects(ids) if each.fields]
    happened = [Happened(str(each.event_id), datetime.fromisoformat(each.fields["recorded_at"]), each.fields) for each in events]
    return sorted(happened, key=lambda each: each.at, reverse=True)


def notice(purpose_key: str, sha256: str) -> Notice | None:
    """The text as it was shown then."""
    return Notice.objects.filter(purpose_version__purpose__key=purpose_key, sha256=sha256).first()

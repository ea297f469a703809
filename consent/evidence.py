"""A decision in; the consent that it stands on, the text that was shown and the proof, out (CR11). Leaves no row.

Every link in the chain of sending must be able to show the consent: this is the answer in one look, also for a message of years ago.
"""

from typing import Any, NamedTuple

from django.utils import timezone

from consent.ledger import reading
from consent.models import Decision, LedgerEvent, Notice


class Evidence(NamedTuple):
    decision: Decision
    fields: dict[str, str]  # of the event of the log; empty where the key was destroyed, or nothing but the law was needed
    notice: Notice | None
    leaf_hash: bytes | None  # with which the offline verifier finds the event

    @property
    def is_complete(self) -> bool:
        """Something to show for an answer that stands on a word of the customer."""
        return self.decision.event_id is None or bool(self.fields and self.leaf_hash)

    @property
    def json(self) -> dict[str, Any]:
        said = {"asked_by": self.decision.asked_by, "at": self.decision.at.isoformat(), "reason": self.decision.get_reason_display()}
        text = {"notice": self.notice.text, "notice_sha256": self.notice.sha256} if self.notice else {}
        leaf = {"leaf_hash": self.leaf_hash.hex()} if self.leaf_hash else {}
        return {**said, "consent": self.fields, **text, **leaf, "read_at": timezone.now().isoformat()}


def of_decision(decision: Decision) -> Evidence:
    """In three queries, whatever the size of the log."""
    if decision.event_id is None:
        return Evidence(decision, {}, None, None)
    event = LedgerEvent.objects.filter(event_id=decision.event_id).first()
    opened = reading.of_events([decision.event_id])
    fields = opened[0].fields if opened else {}
    shown = {"purpose_version__purpose_id": decision.purpose_id, "sha256": fields.get("notice_sha256", "")}
    return Evidence(decision, fields, Notice.objects.filter(**shown).first(), bytes(event.leaf_hash) if event else None)

"""The rows of this room, a file each."""

from consent.models.breach import Breach
from consent.models.channel import Channel
from consent.models.decision import Decision, Reason
from consent.models.form import ConsentForm, ConsentFormVersion, PendingConsent
from consent.models.ledger import (
    Checkpoint,
    CheckpointCopy,
    Evidence,
    Leaf,
    LedgerEvent,
    LedgerInbox,
    Node,
    SigningKey,
    Subject,
    SubjectKey,
)
from consent.models.ledger_check import LedgerCheck
from consent.models.notice import Notice
from consent.models.portal import ViewCode
from consent.models.purpose import Purpose, PurposeVersion
from consent.models.retention import RetentionRule
from consent.models.rights import AccessPackage, Erasure, RightsRequest
from consent.models.state import ALLOWING, REFUSING, ConsentState, Frequency, Hold, State
from consent.models.suppression import Pepper, Suppression
from consent.models.transparency import TransparencyVersion

__all__ = [
    "ALLOWING",
    "REFUSING",
    "AccessPackage",
    "Breach",
    "Channel",
    "Checkpoint",
    "CheckpointCopy",
    "ConsentForm",
    "ConsentFormVersion",
    "ConsentState",
    "Decision",
    "Erasure",
    "Evidence",
    "Frequency",
    "Hold",
    "Leaf",
    "LedgerCheck",
    "LedgerEvent",
    "LedgerInbox",
    "Node",
    "Notice",
    "PendingConsent",
    "Pepper",
    "Purpose",
    "PurposeVersion",
    "Reason",
    "RetentionRule",
    "RightsRequest",
    "SigningKey",
    "State",
    "Subject",
    "SubjectKey",
    "Suppression",
    "TransparencyVersion",
    "ViewCode",
]

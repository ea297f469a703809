"""The rows of this room, a file each."""

from customers.models.attribute import Attribute
from customers.models.customer import Customer
from customers.models.erased import ErasedIdentifier
from customers.models.event import Event
from customers.models.event_type import EventType
from customers.models.identifier import Identifier
from customers.models.importing import BadRow, Import
from customers.models.inbox import InboxBatch, QuarantinedItem
from customers.models.merge import Merge
from customers.models.product import Product
from customers.models.score import LifecycleRule, Score
from customers.models.segment import Segment, SegmentChange, SegmentMember, SegmentVersion
from customers.models.source import Source, SourceDay
from customers.models.source_record import SourceRecord, UndeclaredKey
from customers.models.touch import Touch
from customers.models.visibility import PurposeDefault, Visibility

__all__ = [
    "Attribute",
    "BadRow",
    "Customer",
    "ErasedIdentifier",
    "Event",
    "EventType",
    "Identifier",
    "Import",
    "InboxBatch",
    "LifecycleRule",
    "Merge",
    "Product",
    "PurposeDefault",
    "QuarantinedItem",
    "Score",
    "Segment",
    "SegmentChange",
    "SegmentMember",
    "SegmentVersion",
    "Source",
    "SourceDay",
    "SourceRecord",
    "Touch",
    "UndeclaredKey",
    "Visibility",
]

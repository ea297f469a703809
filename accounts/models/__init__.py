"""The rows of this room, a file each."""

from accounts.models.api_key import ApiKey
from accounts.models.audit_entry import AuditEntry
from accounts.models.brand import Brand
from accounts.models.invitation import Invitation
from accounts.models.legal_identity import LegalIdentity
from accounts.models.membership import Membership
from accounts.models.outgoing_mail import OutgoingMail
from accounts.models.sender_identity import SenderIdentity
from accounts.models.tenant import Tenant
from accounts.models.user import User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Brand",
    "Invitation",
    "LegalIdentity",
    "Membership",
    "OutgoingMail",
    "SenderIdentity",
    "Tenant",
    "User",
]

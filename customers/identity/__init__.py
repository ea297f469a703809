"""Who a message is of: claims in, customers out, and which rows turn out to be one."""

from customers.identity.claims import Claim, anonymous, email, external, phone
from customers.identity.planning import Found, Newcomer, Plan, Sighting, plan
from customers.identity.settling import lock, settle

__all__ = [
    "Claim",
    "Found",
    "Newcomer",
    "Plan",
    "Sighting",
    "anonymous",
    "email",
    "external",
    "lock",
    "phone",
    "plan",
    "settle",
]

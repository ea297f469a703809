"""What one message says of who it is about, in; without the devices that may not be joined to it, out (TR9). Leaves no row.

A visit before somebody said who they are is of nobody. It becomes theirs only where a text that is in force says so. Otherwise what names a
customer leaves its device out, and what the device did stays apart.
"""

from customers.identity import Claim
from customers.models import Identifier, PurposeDefault

Claims = tuple[Claim, ...]


def are_joined() -> bool:
    """Does a purpose in force say that earlier visits are joined?"""
    return PurposeDefault.objects.filter(joins_visits=True).exists()


def without_devices(claims: Claims, same_as: Claims) -> tuple[Claims, Claims]:
    """Only what names a customer, where anything does; a message about a device alone stays as it is."""
    named, others = _named(claims), _named(same_as)
    if not named and not others:
        return claims, same_as
    return (named, others) if named else (others, ())


def _named(claims: Claims) -> Claims:
    return tuple(claim for claim in claims if claim.kind != Identifier.Kind.ANONYMOUS)

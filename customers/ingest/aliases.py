"""Items with an alias in, as their form told; the id before put right by what is known of it. Leaves no row.

A number may look like the id that a library gives a device, and the id of a device like a number: what is known as one is not the other.
"""

from collections.abc import Sequence

from customers.identity import Claim
from customers.intake import Item
from customers.models import Identifier, Source

EXTERNAL, ANONYMOUS = Identifier.Kind.EXTERNAL.value, Identifier.Kind.ANONYMOUS.value


def settle(items: Sequence[Item], source: Source) -> None:
    """Known as neither or as both, here and among these items, the id stays what its form says."""
    aliases = [item for item in items if item.same_as]
    if not aliases:
        return
    known = _known({claim.value for item in aliases for claim in item.same_as}, source)
    known |= {claim for item in items for claim in item.claims}
    for item in aliases:
        item.same_as = tuple(_known_as(claim, known, source) for claim in item.same_as)


def _known(said: set[str], source: Source) -> set[Claim]:
    rows = Identifier.objects.filter(kind__in=(EXTERNAL, ANONYMOUS), value__in=said, space__in=(0, source.id_space))
    return {Claim(*row) for row in rows.values_list("kind", "space", "value")}


def _known_as(claim: Claim, known: set[Claim], source: Source) -> Claim:
    number, device = Claim(EXTERNAL, source.id_space, claim.value), Claim(ANONYMOUS, 0, claim.value)
    other = number if claim == device else device
    return other if other in known and claim not in known else claim

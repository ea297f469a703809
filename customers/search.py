"""What somebody typed in, the customers it can mean out: an identifier as a whole, or the beginning of a name. Leaves no row.

Every condition is an equality or a range on a plain column, so it reaches an index behind the wall too (LIKE would not).
"""

from unicodedata import normalize

from django.db.models import F, Q

from accounts import tenancy
from customers import identity
from customers.models import Customer, Identifier
from customers.values import BadValue

MOST_COUNTED = 10_000
LAST = chr(0x10FFFF)


def find(text: str) -> "Customer.objects":
    """Customers that stand on their own, known by this number, address, phone or device, or with a name that begins so."""
    text = normalize("NFC", " ".join(text.split()))  # as names are kept (settling.FACE)
    customers = Customer.objects.present()
    if not text:
        return customers
    return customers.filter(Q(pk__in=_known_by(text)) | _named(text.lower()))


def _known_by(text: str) -> list[int]:
    """Roots of at most a hundred rows that have this identifier."""
    asked = Q(kind=Identifier.Kind.EXTERNAL, value=text) | Q(kind=Identifier.Kind.ANONYMOUS, value=text)
    for read in (identity.email, lambda said: identity.phone(said, tenancy.current().country)):
        try:
            claim = read(text)
        except BadValue:
            continue
        asked |= Q(kind=claim.kind, value=claim.value)
    found = Identifier.objects.filter(asked).annotate(root=F("customer__root_id")).values_list("customer_id", "root")[:100]
    return [root or row for row, root in found]


def _named(begin: str) -> Q:
    return Q(name_key__gte=begin, name_key__lt=begin + LAST) | Q(family_key__gte=begin, family_key__lt=begin + LAST)


def count(customers: "Customer.objects") -> tuple[int, bool]:
    """(how many, whether there are more): it stops counting at MOST_COUNTED, so that a page does not wait for a million rows."""
    counted = customers.order_by()[: MOST_COUNTED + 1].count()
    return min(counted, MOST_COUNTED), counted > MOST_COUNTED

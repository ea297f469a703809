"""A customer and what is not right in; the portrait as they say it is out. Leaves what they said in a source of its own, trusted most.

What a customer takes away goes from what every source said. A source that says it anew is heard again: the page tells so.
"""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tenancy
from customers import catalogue, erased, identity, portrait, provenance, values
from customers.identity import Claim
from customers.models import Attribute, Customer, Identifier, Source
from customers.portrait import Statement
from customers.staging import run

SLUG = "portal"
NAME = "Portal"
KINDS = {"email": Identifier.Kind.EMAIL, "phone": Identifier.Kind.PHONE}  # attributes by which customers are also found

# Takes a key out of all that was said of these rows; answers nothing.
FORGET = """
UPDATE customers_sourcerecord
   SET values = values - %(key)s, times = times - %(key)s, earlier = earlier - %(key)s, undeclared = undeclared - %(key)s
 WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(rows)s::bigint[])
"""


class CannotCorrect(ValueError):
    """The text says why; a retry does not help."""


def is_simple(detail: dict[str, Any]) -> bool:
    """A value that stands by itself: nobody has to look. By an address a customer is found, so a colleague looks at that first."""
    return bool(detail.get("attribute")) and detail["attribute"] not in KINDS


def carry_out(customer: Customer, detail: dict[str, Any]) -> None:
    """`detail`: {"attribute", "value"}; no value: it goes. What only has a text was put right by hand. Raises CannotCorrect."""
    key, value = detail.get("attribute", ""), detail.get("value")
    if not key:
        return
    identity.lock()
    if key in KINDS:
        _know_by(customer, key, value)
    if value in (None, ""):
        _forget(customer, key)
    else:
        _say(customer, key, value)
    portrait.settle([{customer.pk}])


def parse(raw: str, attribute: Attribute) -> Any:
    """The canonical form of what was typed; of an address also the one in which it is found. Raises ValueError."""
    if attribute.key in KINDS:
        return _claim(attribute.key, raw).value
    return values.parse(raw, attribute, zone=tenancy.current().zone)


def _say(customer: Customer, key: str, value: Any) -> None:
    now = timezone.now()
    portrait.record(portrait.gather([Statement(customer.pk, now, {key: value})]), _source(), at=now)


def _forget(customer: Customer, key: str) -> None:
    run(FORGET, {"key": key, "rows": provenance.rows_of(customer)})


def _know_by(customer: Customer, key: str, value: Any) -> None:
    """The old address leads to nobody any more; the new one to this customer."""
    rows = provenance.rows_of(customer)
    claim = _claim(key, str(value)) if value else None
    if claim:
        _check_free(claim, rows)
    old = customer.attributes.get(key)
    if old:
        Identifier.objects.filter(customer_id__in=rows, kind=KINDS[key], value=_claim(key, str(old)).value).delete()
    known = {"kind": KINDS[key], "value": claim.value, "space": 0} if claim else None
    if known and not Identifier.objects.filter(**known).exists():
        Identifier.objects.create(customer=customer, source=_source(), seen_at=timezone.now(), **known)


def _check_free(claim: Claim, rows: list[int]) -> None:
    taken = Identifier.objects.filter(kind=claim.kind, value=claim.value, space=0).exclude(customer_id__in=rows)
    if taken.exists():
        raise CannotCorrect(_("Another customer is known by this already. Put the two together first, or ask which is right."))
    if erased.among([claim]):
        raise CannotCorrect(_("This address was erased before. It comes back only when its owner signs up again."))


def _claim(key: str, raw: str) -> Claim:
    return identity.email(raw) if key == "email" else identity.phone(raw, tenancy.current().country)


def _source() -> Source:
    """Closed: nothing comes in there by its key."""
    said = {
        "name": NAME,
        "kind": Source.Kind.OTHER,
        "priority": 0,
        "identifies": False,
        "used_for": _("What customers correct themselves, on their own pages."),
        "closed_at": timezone.now(),
    }
    return Source.objects.get_or_create(slug=SLUG, defaults=said)[0]


def attribute(key: str) -> Attribute | None:
    return catalogue.attributes().get(key)

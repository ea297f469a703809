"""An address that somebody typed in; their link in that mailbox out, if we know it. Answer and work are the same either way (PP10)."""

from django.db import transaction
from django.utils import translation

from accounts import tenancy, work
from consent import suppressions
from consent.portal import languages, letters, limits
from customers.identity import claims
from customers.models import Customer, Identifier

MOST_AN_ADDRESS = 3  # an hour
MOST_A_CALLER = 10


def mail_link(address: str, *, ip: str) -> None:
    """Writes the mail in any case, and takes it back for an address that is nobody's. Raises ValueError for what is no address."""
    address = claims.email(address).value
    is_free = limits.take("caller", ip, most=MOST_A_CALLER) and limits.take("ask", address, most=MOST_AN_ADDRESS)
    customer, is_erased = _customer(address), suppressions.is_erased(address)
    language = str(customer.attributes.get("language", "")) if customer else ""
    with transaction.atomic(), translation.override(_spoken(language)):
        letters.link(address, customer.pk if customer else 0)
        if customer is None or is_erased or not is_free:
            transaction.set_rollback(True)
    work.enqueue("accounts.tasks.send_mail")


def _customer(address: str) -> Customer | None:
    known = Identifier.objects.filter(kind=Identifier.Kind.EMAIL, value=address).select_related("customer").first()
    return known.customer if known else None


def _spoken(language: str) -> str:
    return language if language in languages.spoken_by(tenancy.current()) else translation.get_language()

"""Customers in, their subjects in the log out: a pseudonym each with a key of its own, made by a function of the database."""

from collections.abc import Collection
from uuid import uuid4

from accounts import tenancy
from consent.ledger import keys
from consent.models import Subject
from customers.staging import rows

# Answers nothing; makes a subject with its key for each customer that has none (migration 0003).
ADD = "SELECT consent_add_subjects(%(customers)s::bigint[], %(refs)s::uuid[], %(wrapped)s::bytea[])"
ADD_TENANT = "SELECT consent_add_tenant_subject(%(ref)s, %(wrapped)s)"


def of_customers(customer_ids: Collection[int]) -> dict[int, int]:
    """The id of each one's subject. Missing ones are made; whoever comes second in a race finds those of the first."""
    found = _known(customer_ids)
    missing = sorted(set(customer_ids) - found.keys())
    if missing:
        tenant_id, refs = tenancy.current().pk, [uuid4() for _ in missing]
        rows(ADD, {"customers": missing, "refs": refs, "wrapped": [keys.make(tenant_id, ref) for ref in refs]})
        found |= _known(missing)
    return found


def of_tenant() -> int:
    """Under which versions of purposes, keys and outcomes of requests are logged."""
    found = _of_tenant()
    if found is None:
        ref = uuid4()
        rows(ADD_TENANT, {"ref": ref, "wrapped": keys.make(tenancy.current().pk, ref)})
        found = _of_tenant()
    return found  # type: ignore[return-value]


def _known(customer_ids: Collection[int]) -> dict[int, int]:
    return dict(Subject.objects.filter(customer_id__in=list(customer_ids)).values_list("customer_id", "pk"))


def _of_tenant() -> int | None:
    return Subject.objects.filter(is_tenant=True).values_list("pk", flat=True).first()

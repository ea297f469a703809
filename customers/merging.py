"""Two customers in, one out, and back: a colleague puts rows together and takes apart what was put together wrongly.

A merge moves no row: it hangs one tree of rows under another, and lets what they did count for the root. So undoing it is cutting one
link: the rows under it get their own identifiers, values and events back, because those never left them.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers import identity, portrait, touching
from customers.identity.planning import Joined
from customers.identity.settling import write_merges
from customers.models import Customer, Merge
from customers.staging import rows, run

# One row a customer row under this root: its id, and what it hangs under.
UNDER = """
SELECT id, merged_into_id FROM customers_customer WHERE tenant_id = %(tenant)s AND root_id = %(root)s AND merged_into_id IS NOT NULL
"""
CUT = (
    "UPDATE customers_customer SET merged_into_id = NULL, root_id = NULL, changed_at = now() WHERE tenant_id = %(tenant)s AND id = %(top)s"
)
NEW_ROOT = "UPDATE customers_customer SET root_id = %(top)s WHERE tenant_id = %(tenant)s AND id = ANY(%(branch)s) AND id <> %(top)s"
EVENTS_BACK = """
UPDATE customers_event SET customer_id = %(top)s
 WHERE tenant_id = %(tenant)s AND customer_id = %(root)s AND origin_id = ANY(%(branch)s)
"""
NO_SCORES = "DELETE FROM customers_score WHERE tenant_id = %(tenant)s AND customer_id = %(root)s"
IDENTIFIED = """
UPDATE customers_customer c
   SET is_identified = EXISTS (
         SELECT FROM (SELECT c.id
                       UNION ALL
                      SELECT id FROM customers_customer WHERE tenant_id = c.tenant_id AND root_id = c.id AND merged_into_id IS NOT NULL) m
          CROSS JOIN LATERAL (SELECT FROM customers_identifier
                               WHERE tenant_id = c.tenant_id AND customer_id = m.id AND kind <> 'anonymous' LIMIT 1) i)
 WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(tops)s)
"""


class CannotMerge(ValueError):
    """The two are one already, or one of them is gone. The text says which; a retry does not help."""


def merge(merged: Customer, into: Customer, *, by: User) -> Merge:
    """Hangs `merged` under `into`, with all that hangs under it. Raises CannotMerge."""
    identity.lock()
    one, other = (Customer.objects.get(pk=customer.pk) for customer in (merged, into))
    if one.root == other.root:
        raise CannotMerge(_("These two are one customer already."))
    now = timezone.now()
    write_merges([Joined(one.root, other.root, other.root, (), Merge.Reason.COLLEAGUE, now)], by_id=by.pk)
    _settle({other.root}, {one.root, other.root})
    return Merge.objects.standing().get(merged_id=one.root)


def unmerge(link: Merge, *, by: User) -> Customer:
    """Cuts one link; answers the customer that stands on its own again. It is not joined again by itself. Raises CannotMerge."""
    identity.lock()
    link = Merge.objects.select_for_update().get(pk=link.pk)
    if link.undone_at is not None:
        raise CannotMerge(_("This was taken apart already."))
    top = Customer.objects.get(pk=link.merged_id)
    parts = {"top": top.pk, "root": top.root, "branch": _branch(top)}
    for statement in (CUT, NEW_ROOT, EVENTS_BACK, NO_SCORES):
        run(statement, parts)
    link.undone_at, link.undone_by = timezone.now(), by
    link.save(update_fields=["undone_at", "undone_by"])
    _settle({parts["root"], top.pk}, {parts["root"], top.pk})
    return Customer.objects.get(pk=top.pk)


def _branch(top: Customer) -> list[int]:
    """The row that was merged and all that hang under it."""
    below: dict[int, list[int]] = {}
    for row, above in rows(UNDER, {"root": top.root}):
        below.setdefault(above, []).append(row)
    branch = [top.pk]
    for row in branch:
        branch += below.get(row, [])
    return branch


def _settle(tops: set[int], touched: set[int]) -> None:
    run(IDENTIFIED, {"tops": list(tops)})
    portrait.fold(tops)
    touching.touch(touched)

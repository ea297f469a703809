"""A change of the order of trust in; leaves every portrait in which the source has a say as the new order wants it."""

from collections.abc import Iterator

from customers import identity, portrait
from customers.models import Source
from customers.staging import rows

BATCH = 5_000

# One row a record of the source: its id, and the root of the customer.
RECORDS = """
SELECT r.id, c.root_id FROM (SELECT tenant_id, id, customer_id FROM customers_sourcerecord
                              WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND id > %(after)s ORDER BY id LIMIT %(most)s) r
 CROSS JOIN LATERAL (SELECT coalesce(root_id, id) AS root_id FROM customers_customer
                      WHERE tenant_id = r.tenant_id AND id = r.customer_id LIMIT 1) c ORDER BY r.id
"""


def changed(source: Source) -> None:
    """Settles anew what the customers of this source look like, under the lock of identities."""
    identity.lock()
    portrait.settle(_roots(source))


def _roots(source: Source) -> Iterator[set[int]]:
    after = 0
    while batch := rows(RECORDS, {"source": source.pk, "after": after, "most": BATCH}):
        after = batch[-1][0]
        yield {root_id for _, root_id in batch}

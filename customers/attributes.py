"""A change of the catalogue in; leaves every portrait as the new catalogue wants it.

A key that was in no catalogue is kept where a source said it, unused. When it becomes an attribute, the values that fit its type are taken
up; the others stay where they are.
"""

from collections.abc import Iterator

from django.utils import timezone

from accounts import tenancy
from customers import identity, portrait, values
from customers.identity.settling import RECORD
from customers.models import Attribute, UndeclaredKey
from customers.staging import rows, run, stage

BATCH = 5_000

# One row a record that holds the key undeclared: its id, and the whole record.
WAITING = """
SELECT id, values, said_at, times, earlier, undeclared FROM customers_sourcerecord
 WHERE tenant_id = %(tenant)s AND id > %(after)s AND undeclared ? %(key)s ORDER BY id LIMIT %(most)s
"""
TAKE_UP = """
UPDATE customers_sourcerecord r
   SET values = t.values, said_at = t.said_at, times = t.times, earlier = t.earlier, undeclared = t.undeclared
  FROM taken_up t WHERE r.tenant_id = t.tenant_id AND r.id = t.id
"""
# One row a record in which a source says this key: its id, and the root of the customer.
WITH_KEY = """
SELECT r.id, c.root_id FROM (SELECT tenant_id, id, customer_id FROM customers_sourcerecord
                              WHERE tenant_id = %(tenant)s AND id > %(after)s AND values ? %(key)s ORDER BY id LIMIT %(most)s) r
 CROSS JOIN LATERAL (SELECT coalesce(root_id, id) AS root_id FROM customers_customer
                      WHERE tenant_id = r.tenant_id AND id = r.customer_id LIMIT 1) c ORDER BY r.id
"""


def take_up(attribute: Attribute) -> int:
    """Values that sources sent while the attribute was not there; answers how many fit. They are as old as the record that holds them."""
    identity.lock()
    taken = 0
    for batch in _batches(WAITING, attribute.key):
        stage("taken_up", {"id": "bigint", **RECORD}, _fitting(attribute, batch), joins=True)
        taken += run(TAKE_UP)
    UndeclaredKey.objects.filter(key=attribute.key).delete()
    _settle(attribute.key)
    return taken


def retire(attribute: Attribute) -> None:
    """No portrait shows it any more; what sources said of it stays with them."""
    identity.lock()  # a portrait that somebody makes of newer words meanwhile would be overwritten
    attribute.retired_at = timezone.now()
    attribute.save(update_fields=["retired_at"])
    _settle(attribute.key)


def restore(attribute: Attribute) -> None:
    """With what sources said of it while it was away."""
    attribute.retired_at = None
    attribute.save(update_fields=["retired_at"])
    take_up(attribute)


def _settle(key: str) -> None:
    """A customer with two records may be settled twice."""
    portrait.settle({root_id for _, root_id in batch} for batch in _batches(WITH_KEY, key))


def _batches(sql: str, key: str) -> Iterator[list[tuple]]:
    after = 0
    while batch := rows(sql, {"key": key, "after": after, "most": BATCH}):
        after = batch[-1][0]
        yield batch


def _fitting(attribute: Attribute, batch: list[tuple]) -> Iterator[tuple]:
    """The records as they are to be: a value that the source said before the attribute was put away is kept with them."""
    for row, *record in batch:
        whole, said_at = portrait.read(*record), record[1]
        try:
            value = values.parse(whole.undeclared[attribute.key], attribute, zone=tenancy.current().zone)
        except values.BadValue:
            continue
        del whole.undeclared[attribute.key]
        whole.hear(portrait.Statement(0, said_at, {attribute.key: value}))
        yield (row, *whole.row(said_at))

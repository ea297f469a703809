"""Customers that changed in; leaves `Touch` rows, from which the segments learn whom to look at again."""

from collections.abc import Collection

from customers.models.touch import EVERYBODY
from customers.staging import run

MANY = 5_000  # more than this at once: everybody is looked at again, in one statement, which is quicker than one by one

TOUCH = "INSERT INTO customers_touch (tenant_id, customer_id) SELECT %(tenant)s, unnest(%(ids)s::bigint[])"


def touch(customer_ids: Collection[int]) -> None:
    """`customer_ids`: of roots."""
    if customer_ids:
        run(TOUCH, {"ids": [EVERYBODY] if len(customer_ids) > MANY else list(customer_ids)})

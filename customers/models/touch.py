"""That a customer has changed since the segments were last refreshed: a queue, emptied by the refresh."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet

EVERYBODY = 0


class Touch(TenantModel):
    """`customer_id` EVERYBODY: so many have changed that all are looked at again. Rows may repeat; the refresh takes and removes them."""

    customer_id = models.BigIntegerField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("that something changed", "customer_id", is_exported=False)

    def __str__(self) -> str:
        return str(self.customer_id)

"""What one source says of one customer: each value with its time. Never rewritten by a merge, so a merge can be undone."""

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet


class SourceRecord(TenantModel):
    customer = TenantForeignKey("customers.Customer", models.CASCADE, related_name="records")
    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)  # key -> value, as in Customer.attributes
    said_at = models.DateTimeField()  # when the values were said…
    times = models.JSONField(default=dict, db_default={})  # …unless a key has an older time here: key -> ISO 8601, UTC
    earlier = models.JSONField(default=dict, db_default={})  # key -> [[value, ISO 8601], …] that this source said before, newest first
    undeclared = models.JSONField(default=dict, db_default={})  # key -> value for keys that are in no catalogue: kept, used for nothing

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("what each source said")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "customer", "source"], name="one_record_a_source_a_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.source_id}"


class UndeclaredKey(TenantModel):
    """A key that a source sends and no catalogue knows: an attribute or a property that may be wanted."""

    source = TenantForeignKey("customers.Source", models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    looks_like = models.CharField(max_length=10)  # an Attribute.Type
    times = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = holding.nobody("names of fields, without values")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "key"], name="one_count_an_undeclared_key")]

    def __str__(self) -> str:
        return self.key

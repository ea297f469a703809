"""What customers did in; leaves an `Event` each, once per source and message id, however often it is handed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from customers.models import Source
from customers.staging import json, rows, stage

COLUMNS = {
    "customer_id": "bigint",
    "origin_id": "bigint",
    "type_id": "bigint",
    "occurred_at": "timestamptz",
    "message_id": "uuid",
    "amount": "bigint",
    "currency": "text",
    "properties": "jsonb",
}
# One row: how many were not there yet, and their message ids unless that is all of them (which spares reading them).
STORE = """
WITH stored AS (
INSERT INTO customers_event (tenant_id, customer_id, origin_id, type_id, source_id, occurred_at, received_at, message_id,
                             amount, currency, properties)
SELECT tenant_id, customer_id, origin_id, type_id, %(source)s, occurred_at, %(received_at)s, message_id, amount, currency, properties
  FROM happened
    ON CONFLICT (tenant_id, source_id, message_id) DO NOTHING
RETURNING message_id
)
SELECT count(*), CASE WHEN count(*) < %(all)s THEN array_agg(message_id) END FROM stored
"""


class Happened(NamedTuple):
    customer_id: int  # whose it is now
    origin_id: int  # the row it came in for
    type_id: int
    occurred_at: datetime
    message_id: UUID
    amount: int | None  # minor units of `currency`
    currency: str
    properties: dict[str, Any]


def store(happened: Sequence[Happened], source: Source, *, received_at: datetime) -> set[UUID]:
    """Answers the message ids that are new; of two with the same id in one go the first is taken."""
    once = {one.message_id: one for one in reversed(happened)}
    stage("happened", COLUMNS, ((*one[:7], json(one.properties)) for one in once.values()))
    ((count, stored),) = rows(STORE, {"source": source.pk, "received_at": received_at, "all": len(once)})
    return set(once) if count == len(once) else set(stored or ())

"""Customers of an uploaded list in; leaves `SegmentMember` and `SegmentChange` for those who were not in it, and touches them."""

from collections.abc import Sequence
from datetime import datetime

from customers import touching
from customers.models import Segment
from customers.staging import rows

# Each row once, as it was told of: its root stands for it, and gives it back when they are taken apart. Answers who is new in the list.
JOIN = """
WITH joined AS (
  INSERT INTO customers_segmentmember (tenant_id, segment_id, customer_id, since)
  SELECT s.tenant_id, s.id, c.id, %(at)s
    FROM customers_segment s
    JOIN (SELECT DISTINCT tenant_id, id FROM customers_customer
           WHERE tenant_id = %(tenant)s AND id = ANY(%(customers)s)) c ON c.tenant_id = s.tenant_id
   WHERE s.tenant_id = %(tenant)s AND s.id = %(segment)s
  ON CONFLICT (tenant_id, segment_id, customer_id) DO NOTHING
  RETURNING tenant_id, segment_id, customer_id
), noted AS (
  INSERT INTO customers_segmentchange (tenant_id, segment_id, customer_id, has_joined, version, at)
  SELECT j.tenant_id, j.segment_id, j.customer_id, true, s.version, %(at)s
    FROM joined j JOIN customers_segment s ON s.tenant_id = j.tenant_id AND s.id = j.segment_id
   WHERE s.tenant_id = %(tenant)s AND s.id = %(segment)s
), counted AS (
  UPDATE customers_segment s SET size = s.size + (SELECT count(*) FROM joined), refreshed_at = %(at)s
   WHERE s.tenant_id = %(tenant)s AND s.id = %(segment)s
)
SELECT customer_id FROM joined
"""


def join(segment: Segment, customer_ids: Sequence[int], *, at: datetime) -> None:
    """`customer_ids`: of the rows that were told of. Segments that are built on the list look at them anew."""
    joined = rows(JOIN, {"segment": segment.pk, "customers": list(customer_ids), "at": at})
    touching.touch([row for (row,) in joined])

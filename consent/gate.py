"""Customers, a purpose and a channel in; for each whether we may and why, out. Leaves a `Decision` row for each answer, refusals too.

Deny by default, and in a fixed order (privacy.md PL3): restricted, erased or blocked, objected, withdrawn or expired, bounced, no basis.
`decide` belongs in the transaction that hands over: it holds the customers' subjects of the log still until the commit, so that a
withdrawal is either seen here or comes after what was handed over. After a merge the most restrictive of the customer's rows answers.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from consent import suppressions
from consent.ledger import subjects
from consent.models import Channel, Purpose, Reason
from customers import staging
from customers.segments import counting

# How a customer is reached: the address in SQL, over c (the customer) and i (the newest identifier of that kind). "" = no address,
# and NULL = the channel needs none.
ADDRESS = {
    Channel.EMAIL: "lower(c.email)",
    Channel.SMS: "COALESCE(i.value, '')",
    Channel.PHONE: "COALESCE(i.value, '')",
    Channel.POST: "COALESCE(c.attributes ->> 'postal_code', '')",
    Channel.PUSH: "''",
    Channel.SITE: "NULL::text",
    Channel.ALL: "NULL::text",
}
PHONE = """
LEFT JOIN LATERAL (
  SELECT i.value FROM customers_identifier i
   WHERE i.tenant_id = %(tenant)s AND i.kind = 'phone' AND i.customer_id IN
         (SELECT r.id FROM customers_customer r WHERE r.tenant_id = %(tenant)s AND (r.id = c.id OR r.root_id = c.id))
   ORDER BY i.seen_at DESC, i.id DESC LIMIT 1) i ON true
"""
# The code of one state `s` under the purpose. For a purpose that everybody allows until they object, only a no of their own counts.
CODE = """
CASE WHEN s.state IN ('given', 'renewed') THEN
          CASE WHEN %(is_open)s THEN 0 WHEN s.until <= %(at)s THEN 42 WHEN s.version < %(holds_from)s THEN 44
               WHEN %(is_strict)s AND s.basis <> 'consent' THEN 60 ELSE 0 END
     WHEN s.state = 'withdrawn' THEN 40 WHEN s.state = 'objected' THEN 30 WHEN s.state = 'refused' THEN 41
     WHEN s.state IN ('revoked', 'invalidated') THEN 43
     WHEN %(is_open)s THEN 0
     WHEN s.state = 'expired' THEN 42 WHEN s.state = 'requested' THEN 61 ELSE 60 END
"""
# A row for each customer of {who}, roots only: customer_id, reason (see models/decision.py), event_id of the log.
#   merged: for customers of several rows, the most restrictive of the others (a yes beats only "never said anything")
#   OFFSET 0 keeps a step as it is: otherwise the planner would work out each of its columns again wherever a later one names it.
#   held: what stops them whatever they allowed          barred: addresses that are not written to
ASK = """
WITH merged AS (
   SELECT m.root_id AS customer_id, (array_agg(s.event_id ORDER BY {weight}))[1] AS event_id,
          (array_agg({code} ORDER BY {weight}))[1] AS code
     FROM customers_customer m
     JOIN consent_consentstate s
       ON s.tenant_id = m.tenant_id AND s.customer_id = m.id AND s.purpose_id = %(purpose)s AND s.channel = %(channel)s
    WHERE m.tenant_id = %(tenant)s AND m.merged_into_id IS NOT NULL {merged_only} GROUP BY 1),
 held AS (
   SELECT COALESCE(c.root_id, c.id) AS customer_id,
          bool_or(h.kind = 'restricted') AS is_restricted, bool_or(h.kind = 'objected') AS has_objected,
          bool_or(h.kind = 'unnotified') AS is_unnotified, bool_or(h.kind = 'paused') AS is_paused,
          (array_agg(h.event_id
            ORDER BY array_position(ARRAY['restricted', 'objected', 'unnotified', 'paused'], h.kind::text)))[1] AS event_id
     FROM consent_hold h JOIN customers_customer c ON c.tenant_id = h.tenant_id AND c.id = h.customer_id
    WHERE h.tenant_id = %(tenant)s AND (h.until IS NULL OR h.until > %(at)s) GROUP BY 1),
 barred AS MATERIALIZED (
   SELECT x.digest,
          min(CASE x.kind WHEN 'erased' THEN 20 WHEN 'manual' THEN 21 WHEN 'objection' THEN 30 WHEN 'complaint' THEN 31 ELSE 50 END) AS code
     FROM consent_suppression x
    WHERE x.tenant_id = %(tenant)s AND x.lifted_at IS NULL AND (x.until IS NULL OR x.until > %(at)s) AND x.channel IN (%(channel)s, 'all')
      AND x.kind <> 'domain' AND (%(is_marketing)s OR x.kind NOT IN ('objection', 'complaint')) GROUP BY 1),
 facts AS (
   SELECT c.id AS customer_id, {address} AS address, CASE WHEN s.state IS NOT NULL THEN {code} END AS own, s.event_id AS own_event,
          merged.code AS other, merged.event_id AS other_event,
          held.is_restricted, held.has_objected, held.is_unnotified, held.is_paused, held.event_id AS held_event
     FROM customers_customer c {who} {phone}
     LEFT JOIN consent_consentstate s
       ON s.tenant_id = %(tenant)s AND s.purpose_id = %(purpose)s AND s.channel = %(channel)s AND s.customer_id = c.id
     LEFT JOIN merged ON merged.customer_id = c.id
     LEFT JOIN held ON held.customer_id = c.id
    WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NULL OFFSET 0),
 weighed AS (
   SELECT f.*, b.code AS barred, {is_domain} AS is_domain,
          CASE WHEN f.own IS NULL AND f.other IS NULL THEN %(default)s
               WHEN {is_own} THEN f.own ELSE f.other END AS said,
          CASE WHEN {is_own} THEN f.own_event ELSE f.other_event END AS said_event
     FROM facts f
     LEFT JOIN barred b ON b.digest = {digest} OFFSET 0),
 answered AS (
   SELECT w.*,
          CASE WHEN is_restricted THEN 10 WHEN barred = 20 THEN 20 WHEN barred = 21 OR is_domain THEN 21
               WHEN has_objected AND %(is_marketing)s OR said = 30 OR barred = 30 THEN 30 WHEN barred = 31 THEN 31
               WHEN said BETWEEN 40 AND 44 THEN said WHEN barred = 50 THEN 50 WHEN address = '' THEN 51
               WHEN said > 44 THEN said WHEN is_unnotified AND %(is_marketing)s THEN 62 WHEN is_paused AND %(is_marketing)s THEN 70
               ELSE 0 END AS reason
     FROM weighed w)
SELECT customer_id, {reason} AS reason,
       CASE WHEN reason IN (10, 62, 70) OR reason = 30 AND said <> 30 THEN held_event ELSE said_event END AS event_id
  FROM answered
"""
# Of several states the one that counts: a no first, then a yes, then "not yet".
WEIGHT = "CASE WHEN {code} = 0 THEN 55 ELSE {code} END"
IS_OWN = f"f.other IS NULL OR f.own IS NOT NULL AND {WEIGHT.format(code='f.own')} <= {WEIGHT.format(code='f.other')}"

GIVEN = "JOIN unnest(%(ids)s::bigint[]) AS who(customer_id) ON who.customer_id = c.id"
EVERYBODY = ""
MEMBERS = "JOIN customers_segmentmember w ON w.tenant_id = %(tenant)s AND w.segment_id = %(segment)s AND w.customer_id = c.id"
# The domains that are not written to.
DOMAINS = """
SELECT x.domain FROM consent_suppression x
 WHERE x.tenant_id = %(tenant)s AND x.kind = 'domain' AND x.lifted_at IS NULL AND (x.until IS NULL OR x.until > %(at)s)
   AND x.channel IN (%(channel)s, 'all')
"""
IS_DOMAIN = "split_part(f.address, '@', 2) = ANY(%(domains)s::text[])"

# Writes the answers; gives back customer_id, reason, event_id.
DECIDE = """
WITH answer AS ({ask})
INSERT INTO consent_decision (tenant_id, customer_id, purpose_id, channel, reason, version, event_id, asked_by, at)
SELECT %(tenant)s, customer_id, %(purpose)s, %(channel)s, reason, %(version)s, event_id, %(asked_by)s, %(at)s
  FROM answer ORDER BY customer_id
RETURNING customer_id, reason, event_id
"""
# A row a reason: how many.
COUNT = "SELECT reason, count(*) FROM ({ask}) answer GROUP BY 1"
# Of the rows of these customers, their subjects, held still until the commit, in order of id.
ROWS = """
SELECT c.id FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s::bigint[])
UNION SELECT c.id FROM customers_customer c
       WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NOT NULL AND c.root_id = ANY(%(ids)s::bigint[])
"""
STILL = "SELECT consent_hold_still(%(subjects)s::bigint[])"


class Answer(NamedTuple):
    reason: Reason
    event_id: UUID | None  # of the consent that allowed it, or of the no

    @property
    def is_allowed(self) -> bool:
        return self.reason == Reason.ALLOWED


def decide(customer_ids: Sequence[int], purpose: Purpose, channel: str, *, asked_by: str, at: datetime | None = None) -> dict[int, Answer]:
    """`customer_ids`: of roots. Call it inside the transaction that hands over; who is not in the answer is no customer any more."""
    hold_still(customer_ids)
    purpose = Purpose.objects.select_related("version").get(pk=purpose.pk)  # as it is now: a long job may hold an old one
    question, values = _question(purpose, channel, GIVEN, at)
    found = staging.rows(DECIDE.format(ask=question), {**values, "ids": list(customer_ids), "asked_by": asked_by})
    return _answers(found)


def look(purpose: Purpose, channel: str, *, segment_id: int | None = None, at: datetime | None = None) -> dict[Reason, int]:
    """How many customers, by answer: of a segment, or of everybody. For the funnel: writes nothing, holds nobody still."""
    question, values = _question(purpose, channel, EVERYBODY if segment_id is None else MEMBERS, at)
    with counting.within(counting.FOR_A_JOB):  # whole sets are joined by hashes
        found = staging.rows(COUNT.format(ask=question), {**values, "segment": segment_id})
    return {Reason(reason): count for reason, count in found}


def ask(customer_ids: Sequence[int], purpose: Purpose, channel: str, *, at: datetime | None = None) -> dict[int, Answer]:
    """As `decide`, for a page: writes nothing, and holds nobody still."""
    question, values = _question(purpose, channel, GIVEN, at)
    return _answers(staging.rows(question, {**values, "ids": list(customer_ids)}))


def _answers(found: list[tuple[int, int, UUID | None]]) -> dict[int, Answer]:
    return {customer_id: Answer(Reason(reason), event_id) for customer_id, reason, event_id in found}


def hold_still(customer_ids: Sequence[int]) -> None:
    """Until the commit no event of the log is appended for them."""
    row_ids = [row_id for (row_id,) in staging.rows(ROWS, {"ids": list(customer_ids)})]
    known = subjects.of_customers(row_ids)
    staging.rows(STILL, {"subjects": sorted(known.values())})


def _question(purpose: Purpose, channel: str, who: str, at: datetime | None) -> tuple[str, dict[str, Any]]:
    """The statement and its parameters. A purpose that is not offered on this channel refuses everybody."""
    version, at = purpose.version, at or timezone.now()
    is_offered = version is not None and purpose.archived_at is None and channel in version.channels
    domains = [domain for (domain,) in staging.rows(DOMAINS, {"channel": str(channel), "at": at})]
    question = ASK.format(
        who=who,
        code=CODE,
        weight=WEIGHT.format(code=f"({CODE})"),
        is_own=IS_OWN,
        address=ADDRESS[Channel(channel)],
        phone=PHONE if channel in (Channel.SMS, Channel.PHONE) else "",
        digest=suppressions.DIGEST.format(address="f.address"),
        is_domain=IS_DOMAIN if domains else "false",
        merged_only="AND m.root_id = ANY(%(ids)s::bigint[])" if who is GIVEN else "",
        reason="reason" if is_offered else str(int(Reason.NOT_OFFERED)),
    )
    return question, {**_values(purpose, channel), "at": at, "domains": domains}


def _values(purpose: Purpose, channel: str) -> dict[str, Any]:
    version = purpose.version
    is_open = version is not None and not version.asks_consent and version.eprivacy_basis == version.EPrivacy.NOT_NEEDED
    return {
        "purpose": purpose.pk,
        "channel": str(channel),
        "version": version.number if version else 0,
        "is_open": is_open,
        "is_strict": version is None or version.eprivacy_basis == version.EPrivacy.CONSENT,
        "is_marketing": purpose.kind != Purpose.Kind.SERVICE,
        "default": int(Reason.ALLOWED if is_open else Reason.NO_BASIS),
        "holds_from": version.holds_from if version else 0,
        **suppressions.secrets_of_tenant(),
    }

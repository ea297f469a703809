"""The gate over many customers against one join written by hand, which answers the same question on the same rows."""

import statistics
import time
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import tenancy
from accounts.models import Tenant
from consent import gate, projection, suppressions
from consent.models import Purpose, PurposeVersion
from customers.segments import counting
from tests import databases

TABLES = ("customers_customer", "consent_consentstate", "consent_hold", "consent_suppression")
TEXTS = {"en-gb": {"title": "Newsletter", "text": "t", "label": "l", "withdrawal": "w"}}
# One in fifty is merged into the customer before it; the rest stand on their own.
CUSTOMERS = """
INSERT INTO customers_customer (tenant_id, attributes, email, name, name_key, family_key, is_identified, created_at, changed_at)
SELECT %(tenant)s, '{}', 'n' || n || '@d' || n %% 997 || '.example', '', '', '', true, now(), now() FROM generate_series(1, %(rows)s) n
"""
MERGE = """
UPDATE customers_customer c SET merged_into_id = p.id, root_id = p.id FROM customers_customer p
 WHERE c.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s AND c.id %% 50 = 0 AND p.id = c.id - 1
"""
# Six in ten said yes, one in ten said no, a few ended; the others never said anything.
STATES = """
INSERT INTO consent_consentstate (tenant_id, customer_id, purpose_id, channel, state, basis, version, since, until, event_id)
SELECT %(tenant)s, c.id, %(purpose)s, 'email',
       CASE WHEN c.id %% 10 < 6 THEN 'given' WHEN c.id %% 10 = 6 THEN 'withdrawn' ELSE 'requested' END,
       'consent', 1, now(), now() + CASE WHEN c.id %% 33 = 0 THEN interval '-1 day' ELSE interval '1 year' END, gen_random_uuid()
  FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.id %% 10 < 8
"""
HOLDS = """
INSERT INTO consent_hold (tenant_id, customer_id, kind, since, event_id)
SELECT %(tenant)s, c.id, CASE WHEN c.id %% 2 = 0 THEN 'paused' ELSE 'restricted' END, now(), gen_random_uuid()
  FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.id %% 501 = 0
"""
BARRED = f"""
INSERT INTO consent_suppression (tenant_id, digest, channel, kind, domain, note, since)
SELECT %(tenant)s, {suppressions.DIGEST.format(address="c.email")}, 'email',
       CASE WHEN c.id %% 2 = 0 THEN 'bounce' ELSE 'manual' END, '', '', now()
  FROM customers_customer c WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NULL AND c.id %% 97 = 0
"""
# By hand, as one would write it for this purpose alone: a line a customer with the reason; merged rows apart, because they are few.
HAND = f"""
WITH others AS (
  SELECT m.root_id AS customer_id, bool_or(s.state = 'withdrawn') AS has_withdrawn,
         bool_or(s.state = 'given' AND s.until <= now()) AS has_ended,
         bool_or(s.state = 'given' AND s.until > now()) AS has_given, bool_or(s.state = 'requested') AS was_asked
    FROM customers_customer m JOIN consent_consentstate s
      ON s.tenant_id = m.tenant_id AND s.customer_id = m.id AND s.purpose_id = %(purpose)s AND s.channel = 'email'
   WHERE m.tenant_id = %(tenant)s AND m.merged_into_id IS NOT NULL GROUP BY 1),
 held AS (
  SELECT COALESCE(c.root_id, c.id) AS customer_id, bool_or(h.kind = 'restricted') AS is_restricted, bool_or(h.kind = 'paused') AS is_paused
    FROM consent_hold h JOIN customers_customer c ON c.tenant_id = h.tenant_id AND c.id = h.customer_id
   WHERE h.tenant_id = %(tenant)s GROUP BY 1)
SELECT CASE WHEN h.is_restricted THEN 10 WHEN x.kind = 'manual' THEN 21
            WHEN s.state = 'withdrawn' OR o.has_withdrawn THEN 40 WHEN s.state = 'given' AND s.until <= now() OR o.has_ended THEN 42
            WHEN x.kind = 'bounce' THEN 50
            WHEN s.state = 'given' OR o.has_given THEN CASE WHEN h.is_paused THEN 70 ELSE 0 END
            WHEN o.was_asked AND s.state IS NULL THEN 61 WHEN s.state = 'requested' THEN 61 ELSE 60 END AS reason, count(*)
  FROM customers_customer c
  LEFT JOIN consent_consentstate s
    ON s.tenant_id = %(tenant)s AND s.purpose_id = %(purpose)s AND s.channel = 'email' AND s.customer_id = c.id
  LEFT JOIN others o ON o.customer_id = c.id
  LEFT JOIN held h ON h.customer_id = c.id
  LEFT JOIN consent_suppression x ON x.tenant_id = %(tenant)s AND x.digest = {suppressions.DIGEST.format(address="lower(c.email)")}
   AND x.lifted_at IS NULL AND x.channel IN ('email', 'all')
 WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NULL GROUP BY 1
"""


ROOTS = "SELECT id FROM customers_customer WHERE tenant_id = %s AND merged_into_id IS NULL ORDER BY id LIMIT %s"


def measure(tenant: Tenant, rows: int, *, rounds: int = 5, chunk: int = 10_000) -> dict[str, Any]:
    """Seconds of each over all customers, best of the rounds, in turns; and of handing over one chunk, with locks and decisions."""
    with tenancy.scope(tenant):
        purpose = _purpose()
        words = {"tenant": tenant.pk, "purpose": purpose.pk, "rows": rows, **suppressions.secrets_of_tenant()}
    _fill(tenant, words)
    ours, hand = [], []
    for number in range(rounds + 1):
        turns = [(ours, lambda: _ours(purpose)), (hand, lambda: _hand(words))]
        for taken, ask in turns if number % 2 else reversed(turns):
            with tenancy.scope(tenant), counting.within(600):
                began = time.perf_counter()
                answer = ask()
                taken.append((time.perf_counter() - began, answer))
    assert ours[0][1] == hand[0][1], (ours[0][1], hand[0][1])
    pairs = zip(ours[1:], hand[1:], strict=True)
    ratio = statistics.median(mine[0] / other[0] for mine, other in pairs)
    figures = {"ratio": round(ratio, 3), "ours_s": round(min(ours)[0], 3), "hand_s": round(min(hand)[0], 3)}
    return {**figures, "customers": rows, "decisions_a_second": _decide(tenant, purpose, chunk)}


def _purpose() -> Purpose:
    purpose = Purpose.objects.create(key="newsletter", kind="marketing")
    bases = {"eprivacy_basis": "consent", "gdpr_basis": "consent", "dpv_term": "DirectMarketing"}
    made = PurposeVersion(purpose=purpose, number=1, texts=TEXTS, channels=["email"], valid_days=730, **bases)
    made.published_at = purpose.created_at
    made.save()
    purpose.version = made
    purpose.save()
    projection.lay_out(purpose)
    return purpose


def _fill(tenant: Tenant, words: dict[str, Any]) -> None:
    with databases.owner_connection(settings.DATABASES["default"]["NAME"]) as owner:
        owner.execute(f"SET app.tenant = '{tenant.pk}'; SET synchronous_commit = off")
        for statement in (CUSTOMERS, MERGE, STATES, HOLDS, BARRED):
            owner.execute(statement, words)
        for table in TABLES:
            owner.execute(f"VACUUM ANALYZE {table}")


def _ours(purpose: Purpose) -> dict[int, int]:
    return {int(reason): count for reason, count in gate.look(purpose, "email").items()}


def _hand(words: dict[str, Any]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(HAND, words)
        return dict(cursor.fetchall())


def _decide(tenant: Tenant, purpose: Purpose, chunk: int) -> int:
    """With subjects made before, as they are for whoever was asked about once."""
    with tenancy.scope(tenant), connection.cursor() as cursor:
        cursor.execute(ROOTS, [tenant.pk, chunk])
        ids = [row_id for (row_id,) in cursor.fetchall()]
    taken = []
    for _round in range(3):
        with tenancy.scope(tenant):
            began = time.perf_counter()
            gate.decide(ids, purpose, "email", asked_by="bench")
            taken.append(time.perf_counter() - began)
    return round(len(ids) / min(taken))

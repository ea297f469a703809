"""Purposes and what customers allow in, rows of customers' `PurposeDefault` and `Visibility` out: what segments and scores join.

A customer who does not allow a purpose is not there for it. Somebody is visible for a purpose while they allow it on any of its channels;
nobody is while they are restricted (Art. 18 GDPR), and nobody who objects to marketing is for anything but service (Art. 21(2), (3)).
"""

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from accounts import tenancy
from consent.models import Purpose, PurposeVersion
from customers import touching
from customers.models import PurposeDefault
from customers.models.touch import EVERYBODY as ALL
from customers.staging import rows, run

# A row for each purpose in force: id, key, kind, whether everybody is visible until they object, and the first version whose consent holds.
LIVE = """
SELECT p.tenant_id, p.id, p.key, p.kind, v.eprivacy_basis, v.channels,
       v.eprivacy_basis = 'not_needed' AND v.gdpr_basis <> 'consent' AS is_open,
       COALESCE((SELECT max(m.number) FROM consent_purposeversion m
                  WHERE m.tenant_id = p.tenant_id AND m.purpose_id = p.id AND m.is_material AND m.published_at IS NOT NULL), 1)
         AS holds_from
  FROM consent_purpose p JOIN consent_purposeversion v ON v.tenant_id = p.tenant_id AND v.id = p.version_id
 WHERE p.tenant_id = %(tenant)s AND p.archived_at IS NULL
"""

# A row for each customer row and purpose of which something is known: whether it is visible. {said}, {held}: whose rows.
WANTED = f"""
WITH live AS ({LIVE}),
 said AS (
   SELECT s.tenant_id, s.customer_id, l.key, bool_or(
            CASE WHEN s.state IN ('withdrawn', 'refused', 'objected', 'revoked', 'invalidated') THEN false
                 WHEN l.is_open THEN true
                 ELSE s.state IN ('given', 'renewed') AND (s.until IS NULL OR s.until > %(at)s) AND s.version >= l.holds_from
                      AND (l.eprivacy_basis <> 'consent' OR s.basis = 'consent') END) AS is_visible
     FROM consent_consentstate s JOIN live l ON l.tenant_id = s.tenant_id AND l.id = s.purpose_id AND s.channel = ANY(l.channels)
    WHERE s.tenant_id = %(tenant)s AND {{said}} GROUP BY 1, 2, 3),
 held AS (
   SELECT h.tenant_id, h.customer_id, l.key, false AS is_visible
     FROM consent_hold h JOIN live l ON l.tenant_id = h.tenant_id AND (h.kind = 'restricted' OR l.kind <> 'service')
    WHERE h.tenant_id = %(tenant)s AND h.kind IN ('restricted', 'objected') AND (h.until IS NULL OR h.until > %(at)s) AND {{held}}),
 wanted AS (
   SELECT tenant_id, customer_id, key, bool_and(is_visible) AS is_visible
     FROM (SELECT * FROM said UNION ALL SELECT * FROM held) b GROUP BY 1, 2, 3)
"""  # noqa: S608 - only texts of this module
# Brings the table in step with what is wanted: changes, adds, takes away. Answers how many rows it touched.
PUT = (
    WANTED
    + """
INSERT INTO customers_visibility AS v (tenant_id, customer_id, purpose, is_visible)
SELECT tenant_id, customer_id, key, is_visible FROM wanted
ON CONFLICT (tenant_id, purpose, customer_id) DO UPDATE SET is_visible = excluded.is_visible WHERE v.is_visible <> excluded.is_visible
"""
)
DROP = (
    WANTED
    + """
DELETE FROM customers_visibility v WHERE v.tenant_id = %(tenant)s AND {gone}
   AND NOT EXISTS (SELECT FROM wanted w WHERE w.customer_id = v.customer_id AND w.key = v.purpose)
"""
)
EVERYBODY = {"said": "true", "held": "true", "gone": "true"}
SOME = {
    "said": "s.customer_id = ANY(%(ids)s::bigint[])",
    "held": "h.customer_id = ANY(%(ids)s::bigint[])",
    "gone": "v.customer_id = ANY(%(ids)s::bigint[])",
}
# Customers whose consent or hold ended in between: their rows.
ENDED = """
SELECT customer_id FROM consent_consentstate
 WHERE tenant_id = %(tenant)s AND state IN ('given', 'renewed') AND until > %(since)s AND until <= %(at)s
UNION SELECT customer_id FROM consent_hold WHERE tenant_id = %(tenant)s AND until > %(since)s AND until <= %(at)s
"""


# One tenant: as many as like write of some customers at once; who writes of everybody waits for them, and they for who does. Otherwise
# a look at everybody that began before a "no" would write the "yes" back over it.
SOME_AT_ONCE = "SELECT pg_advisory_xact_lock_shared(%(lock)s, %(half)s)"
ALL_ALONE = "SELECT pg_advisory_xact_lock(%(lock)s, %(half)s)"
LOCK = 5_1001  # the first half of the advisory locks of this room


def lay_out(purpose: Purpose) -> None:
    """After a purpose was published or put away: which purposes there are, and who is visible for them."""
    defaults = [_default(each) for each in Purpose.objects.live().select_related("version")]
    PurposeDefault.objects.exclude(purpose__in=[each.purpose for each in defaults]).delete()
    PurposeDefault.objects.bulk_create(
        defaults, update_conflicts=True, unique_fields=["tenant", "purpose"], update_fields=["shows_everybody", "titles", "joins_visits"]
    )
    everybody()


def _default(purpose: Purpose) -> PurposeDefault:
    titles = {language: text["title"] for language, text in purpose.version.texts.items()}
    is_open = not purpose.version.asks_consent and purpose.version.eprivacy_basis == PurposeVersion.EPrivacy.NOT_NEEDED
    joins = purpose.version.joins_visits
    return PurposeDefault(purpose=purpose.key, titles=titles, shows_everybody=is_open, joins_visits=joins)


def everybody() -> int:
    """Safe to repeat; answers how many rows it changed."""
    _take_turn(ALL_ALONE)
    touching.touch([ALL])
    return _settle(EVERYBODY, {})


def of_customers(row_ids: Collection[int]) -> int:
    """`row_ids`: rows of customers, merged ones too. The segments they are in are looked at again."""
    if not row_ids:
        return 0
    _take_turn(SOME_AT_ONCE)
    changed = _settle(SOME, {"ids": list(row_ids)})
    if changed:
        touching.touch(row_ids)
    return changed


def ended(since: datetime, at: datetime) -> int:
    """What the clock has changed between two moments."""
    return of_customers([row_id for (row_id,) in rows(ENDED, {"since": since, "at": at})])


def _take_turn(lock: str) -> None:
    """Until the end of the transaction."""
    rows(lock, {"lock": LOCK, "half": tenancy.current().pk % 2**31})


def _settle(parts: dict[str, str], parameters: dict[str, list[int]]) -> int:
    values = {"at": timezone.now(), **parameters}
    return run(DROP.format(**parts), values) + run(PUT.format(**parts), values)

"""What the clock changes: consents whose time is over get their event, and segments follow what began or ended."""

from datetime import timedelta

from django.utils import timezone

from consent import projection, recording
from consent.models import ALLOWING, ConsentState, PendingConsent
from consent.rights.erasing import forget_strangers
from customers import identity
from customers.staging import rows

BATCH = 2_000
A_WHILE = timedelta(hours=2)  # looked back at each time; more often than that is enough, and twice does no harm


# Customers who are known by forms that were never confirmed, and by nothing else.
STRANGERS = """
SELECT DISTINCT p.customer_id
  FROM consent_pendingconsent p
  JOIN customers_customer c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id AND c.merged_into_id IS NULL
 WHERE p.tenant_id = %(tenant)s AND p.expires_at <= %(at)s AND p.confirmed_at IS NULL
   AND NOT EXISTS (SELECT FROM customers_customer m WHERE m.tenant_id = p.tenant_id AND m.root_id = p.customer_id)
   AND NOT EXISTS (SELECT FROM customers_event e WHERE e.tenant_id = p.tenant_id AND e.customer_id = p.customer_id)
   AND NOT EXISTS (SELECT FROM customers_sourcerecord r
                    WHERE r.tenant_id = p.tenant_id AND r.customer_id = p.customer_id
                      AND r.source_id NOT IN (SELECT source_id FROM consent_consentform WHERE tenant_id = %(tenant)s))
   AND NOT EXISTS (SELECT FROM customers_identifier i
                    WHERE i.tenant_id = p.tenant_id AND i.customer_id = p.customer_id
                      AND i.source_id NOT IN (SELECT source_id FROM consent_consentform WHERE tenant_id = %(tenant)s))
   AND NOT EXISTS (SELECT FROM consent_pendingconsent o
                    WHERE o.tenant_id = p.tenant_id AND o.customer_id = p.customer_id
                      AND (o.confirmed_at IS NOT NULL OR o.expires_at > %(at)s))
   AND NOT EXISTS (SELECT FROM consent_consentstate s
                    WHERE s.tenant_id = p.tenant_id AND s.customer_id = p.customer_id AND s.state <> 'requested')
"""


def end_consents() -> int:
    """Writes an event for each consent whose time is over (CR7); answers how many."""
    now, ended = timezone.now(), 0
    over = ConsentState.objects.filter(state__in=ALLOWING, until__lte=now).order_by("until")
    while states := list(over[:BATCH]):
        written = recording.expire(states)
        ended += written
        if not written:
            break
    projection.ended(now - A_WHILE, now)
    return ended


def forget_pending() -> int:
    """What was never confirmed (CC3), with the customers of whom nothing else is known; answers how many."""
    over = PendingConsent.objects.filter(expires_at__lte=timezone.now())
    if not over.exists():
        return 0
    identity.lock()  # first, as whoever confirms or erases: none waits for another in a ring
    strangers = [row for (row,) in rows(STRANGERS, {"at": timezone.now()})]
    count, _by_model = over.delete()
    forget_strangers(strangers)
    return count

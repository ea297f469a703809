"""Orders in; a `Score` of each customer who ever ordered out: recency, frequency, money and stage of life, with words for each.

One statement a tenant, each night. A band is a fifth of the customers with orders; customers with the same figure have the same
band, so fifths need not be equal. Only what changed is written, and touches the customer for the segments.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.work import enqueue
from customers import staging, touching, visibility
from customers.models import EventType, LifecycleRule, Score
from customers.models.score import Lifecycle
from customers.segments import counting, wording
from customers.segments.windows import BLINK, Clock

# The currency most orders are in; the tenant's own comes first when any order is in it.
CURRENCY = """
SELECT currency FROM customers_event WHERE tenant_id = %(tenant)s AND type_id = %(type)s AND currency <> ''
GROUP BY currency ORDER BY currency = %(own)s DESC, count(*) DESC, currency LIMIT 1
"""
# Figures of each customer with orders, ranked: the same figure has the same rank, and so the same fifth.
SCORE = """
WITH figures AS (
  SELECT e.tenant_id, e.customer_id, count(*) AS orders,
    COALESCE(sum(e.amount) FILTER (WHERE e.currency = %(currency)s), 0)::bigint AS spent,
    min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at
  FROM customers_event e WHERE e.tenant_id = %(tenant)s AND e.type_id = %(type)s AND e.occurred_at < %(now)s
    AND {seen}
  GROUP BY e.tenant_id, e.customer_id
),
fifths AS (
  SELECT *, 1 + 5 * (rank() OVER (ORDER BY (last_at AT TIME ZONE %(zone)s)::date) - 1) / count(*) OVER () AS recency,
    1 + 5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER () AS frequency,
    1 + 5 * (rank() OVER (ORDER BY spent) - 1) / count(*) OVER () AS money,
    CASE WHEN first_at >= %(new)s THEN 'new' WHEN last_at >= %(active)s THEN 'active' WHEN last_at >= %(at_risk)s THEN 'at_risk'
      ELSE 'lapsed' END AS lifecycle
  FROM figures
)
INSERT INTO customers_score AS s (tenant_id, customer_id, orders, spent, currency, first_order_at, last_order_at, recency, frequency, money,
  lifecycle, computed_at)
SELECT tenant_id, customer_id, orders, spent, %(currency)s, first_at, last_at, recency, frequency, money, lifecycle, %(now)s FROM fifths
ON CONFLICT (tenant_id, customer_id) DO UPDATE SET orders = excluded.orders, spent = excluded.spent, currency = excluded.currency,
  first_order_at = excluded.first_order_at, last_order_at = excluded.last_order_at, recency = excluded.recency,
  frequency = excluded.frequency, money = excluded.money, lifecycle = excluded.lifecycle, computed_at = excluded.computed_at
WHERE (s.orders, s.spent, s.currency, s.first_order_at, s.last_order_at, s.recency, s.frequency, s.money, s.lifecycle) IS DISTINCT FROM
  (excluded.orders, excluded.spent, excluded.currency, excluded.first_order_at, excluded.last_order_at, excluded.recency,
   excluded.frequency, excluded.money, excluded.lifecycle)
RETURNING s.customer_id
"""
# Scores of customers who have no orders any more: theirs are with another since a merge, or removed.
FORGET = """
DELETE FROM customers_score s WHERE s.tenant_id = %(tenant)s AND NOT EXISTS (
  SELECT FROM customers_event e
  WHERE e.tenant_id = s.tenant_id AND e.customer_id = s.customer_id AND e.type_id = %(type)s AND e.occurred_at < %(now)s
    AND {seen}
) RETURNING s.customer_id
"""

# One row a customer whose score one of these has changed, up to so many, with how many there are in all.
CHANGED = "WITH changed AS ({}) SELECT customer_id, count(*) OVER () FROM changed LIMIT %(most)s"


def lifecycle_rule() -> LifecycleRule:
    """The thresholds of the tenant; not saved yet when they are the usual ones."""
    return LifecycleRule.objects.first() or LifecycleRule()


def compute(*, at: datetime | None = None) -> int:
    """Scores of everybody in the open scope. Answers how many changed."""
    at, rule, tenant = at or timezone.now(), lifecycle_rule(), tenancy.current()
    order = EventType.objects.filter(name=rule.order_event).first()
    asked = {"type": order.pk if order else 0, "own": tenant.currency, "now": at + BLINK, "zone": tenant.time_zone}
    found = staging.rows(CURRENCY, asked)
    asked |= {"currency": found[0][0] if found else tenant.currency, **_thresholds(rule, Clock(at, tenant.zone))}
    asked |= {"most": touching.MANY + 1, "purpose": rule.purpose}
    seen = visibility.named(rule.purpose)
    with counting.within(counting.FOR_A_JOB):  # joined by hashes: of a tenant that has just begun the planner guesses far too low
        changed = [staging.rows(CHANGED.format(statement.format(seen=seen)), asked) for statement in (SCORE, FORGET)]
    touching.touch([row[0] for rows in changed for row in rows])
    return sum(rows[0][1] for rows in changed if rows)


def _thresholds(rule: LifecycleRule, clock: Clock) -> dict[str, datetime]:
    reach = {"new": rule.new_days, "active": rule.active_days, "at_risk": rule.at_risk_days}
    return {stage: clock.midnight(clock.today - timedelta(days=days)) for stage, days in reach.items()}


def change_rule(rule: LifecycleRule, before: dict[str, Any], *, actor: Actor) -> None:
    """Keeps new thresholds; scores follow the next time they are computed."""
    rule.save()
    audit.record(actor, Action.SCORES_CHANGED, before=before, after=audit.values_of(rule))
    enqueue("customers.tasks.compute_scores_of", tenant_id=tenancy.current().pk)


def explain(score: Score, *, at: datetime | None = None) -> list[str]:
    """What the score says of a customer, a sentence each, such as can be shown to that customer."""
    zone, now = tenancy.current().zone, at or timezone.now()
    last, first = (moment.astimezone(zone).date() for moment in (score.last_order_at, score.first_order_at))
    days = (now.astimezone(zone).date() - last).days
    orders = ngettext("%(number)s order", "%(number)s orders", score.orders) % {"number": wording.number(score.orders)}
    said = {"orders": orders, "spent": wording.money(score.spent, score.currency), "first": wording.day(first), "last": wording.day(last)}
    ago = ngettext("%(number)s day ago", "%(number)s days ago", days) % {"number": formats.number_format(days, force_grouping=True)}
    return [
        _("%(orders)s for %(spent)s in all since %(first)s.") % said,
        _("The last was on %(last)s, %(ago)s.") % {**said, "ago": ago},
        _band(_("How recently"), score.recency),
        _band(_("How often"), score.frequency),
        _band(_("How much"), score.money),
        _("Stage: %(stage)s.") % {"stage": Lifecycle(score.lifecycle).label},
    ]


def _band(what: str, band: int) -> str:
    return _("%(what)s: fifth %(band)d of 5, where 5 is the highest.") % {"what": what, "band": band}

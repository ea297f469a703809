"""Purposes in, the lines of their list out: version, bases, how many customers, and the state of each. Leaves no row."""

from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consent.models import Purpose, PurposeVersion
from consent.register import completeness
from customers.models import Customer, PurposeDefault
from customers.staging import rows

# A row for each purpose: its key, how many customers are visible for it by their own word, and how many are not (customers/visibility.py).
VISIBLE = """
SELECT purpose, count(*) FILTER (WHERE is_visible), count(*) FILTER (WHERE NOT is_visible)
  FROM (SELECT v.purpose, COALESCE(c.root_id, c.id) AS root_id, bool_and(v.is_visible) AS is_visible
          FROM customers_visibility v JOIN customers_customer c ON c.tenant_id = v.tenant_id AND c.id = v.customer_id
         WHERE v.tenant_id = %(tenant)s GROUP BY 1, 2) one
 GROUP BY purpose
"""


class Line(NamedTuple):
    """`shown`: the version in force, or else the draft. `customers`: nothing while it is not in force."""

    purpose: Purpose
    shown: PurposeVersion
    has_draft: bool
    customers: int | None
    state: tuple[str, str]  # kind and word of the state

    @property
    def text(self) -> dict[str, str]:
        return self.shown.text_in(get_language())


def lines(purposes: QuerySet) -> list[Line]:
    """In the order of the portal, in a constant number of queries."""
    found = list(purposes.select_related("version"))
    drafts = {one.purpose_id: one for one in PurposeVersion.objects.filter(purpose__in=found, published_at=None)}
    counted = customers()
    return [_line(purpose, drafts.get(purpose.pk), counted) for purpose in found if purpose.version or purpose.pk in drafts]


def _line(purpose: Purpose, draft: PurposeVersion | None, counted: dict[str, int]) -> Line:
    shown = purpose.version or draft
    shown.purpose = purpose
    return Line(purpose, shown, draft is not None, counted.get(purpose.key), state(shown))


def customers() -> dict[str, int]:
    """Key of each purpose in force -> how many customers it may be used for, on one channel or more."""
    said = {key: (yes, no) for key, yes, no in rows(VISIBLE)}
    defaults = dict(PurposeDefault.objects.values_list("purpose", "shows_everybody"))
    everybody = Customer.objects.present().count() if any(defaults.values()) else 0
    nobody = (0, 0)
    return {key: everybody - said.get(key, nobody)[1] if shows else said.get(key, nobody)[0] for key, shows in defaults.items()}


def state(version: PurposeVersion) -> tuple[str, str]:
    """Kind and word, as the tag `state` takes them."""
    if version.published_at is None:
        return ("draft", _("Draft"))
    if is_due(version):
        return ("expired", _("Review was due %(date)s") % {"date": date_format(version.review_on, "SHORT_DATE_FORMAT")})
    if completeness.faults_of(version):
        return ("refused", _("Incomplete"))  # a language was added since, for instance
    return ("allowed", _("Complete"))


def is_due(version: PurposeVersion) -> bool:
    return version.review_on is not None and version.review_on <= timezone.localdate()

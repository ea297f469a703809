"""Which attributes and events a tenant knows: read here, laid out here on first use, and widened by events that were never seen before."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from customers import values
from customers.models import Attribute, EventType, Source
from customers.staging import json, run, stage
from customers.standard_events import STANDARD_EVENTS, StandardEvent

Type = Attribute.Type
MOST_TYPES = 1_000
MOST_KEYS = 200  # undeclared keys counted at once…
MOST_KEYS_KEPT = 1_000  # …and of a source in all: one that invents more sends values as keys


class TooManyTypes(ValueError):
    """A source makes up names of events without end. A retry does not help; `names`: those that were refused."""

    def __init__(self, names: set[str]) -> None:
        super().__init__(f"event: there are {MOST_TYPES:,} kinds of events already; put what differs into properties")
        self.names = names


class StandardAttribute(NamedTuple):
    key: str
    label: Any  # lazily translated; stored in English, shown translated
    type: Type
    meaning: Any = ""


STANDARD_ATTRIBUTES = [
    StandardAttribute("email", _("E-mail"), Type.TEXT, _("Where messages go.")),
    StandardAttribute("phone", _("Phone"), Type.TEXT, _("International form, as +31612345678.")),
    StandardAttribute("first_name", _("First name"), Type.TEXT),
    StandardAttribute("last_name", _("Last name"), Type.TEXT),
    StandardAttribute("language", _("Language"), Type.TEXT, _("As nl or en: the language of messages.")),
    StandardAttribute("birthday", _("Birthday"), Type.DATE),
    StandardAttribute("street", _("Street"), Type.TEXT),
    StandardAttribute("postcode", _("Postcode"), Type.TEXT),
    StandardAttribute("city", _("City"), Type.TEXT),
    StandardAttribute("country", _("Country"), Type.TEXT, _("Two letters, as NL.")),
    StandardAttribute("company", _("Company"), Type.TEXT),
    StandardAttribute("signup_at", _("Signed up"), Type.TIME, _("When this customer made an account.")),
    StandardAttribute("loyalty_number", _("Loyalty card"), Type.TEXT),
]

NEW_ATTRIBUTES = """
INSERT INTO customers_attribute (tenant_id, key, label, type, meaning, category, options, currency, created_at)
SELECT tenant_id, key, label, type, meaning, 'ordinary', '{}', '', now() FROM standard_attribute
    ON CONFLICT (tenant_id, key) DO NOTHING
"""
NEW_TYPES = """
INSERT INTO customers_eventtype (tenant_id, name, meaning, category, properties, amount_key, created_at)
SELECT tenant_id, name, meaning, 'ordinary', properties, amount_key, now() FROM standard_type
    ON CONFLICT (tenant_id, name) DO NOTHING
"""
UNDECLARED = """
INSERT INTO customers_undeclaredkey AS known (tenant_id, source_id, key, looks_like, times, last_at)
SELECT tenant_id, %(source)s, key, looks_like, times, %(at)s FROM undeclared_key
 WHERE key IN (SELECT key FROM customers_undeclaredkey WHERE tenant_id = %(tenant)s AND source_id = %(source)s)
    OR (SELECT count(*) FROM customers_undeclaredkey WHERE tenant_id = %(tenant)s AND source_id = %(source)s) < %(most)s
    ON CONFLICT (tenant_id, source_id, key) DO UPDATE SET times = known.times + excluded.times, last_at = excluded.last_at
"""


def attributes() -> dict[str, Attribute]:
    """The attributes in use, by key."""
    if not Attribute.objects.exists():
        lay_out()
    return {attribute.key: attribute for attribute in Attribute.objects.in_use()}


def event_types() -> dict[str, EventType]:
    """All events that are known, by name."""
    if not EventType.objects.exists():
        lay_out()
    return {kind.name: kind for kind in EventType.objects.all()}


def lay_out() -> None:
    """The standard catalogue; what a tenant has changed stays. Safe to repeat."""
    with override("en-gb"):
        columns = {"key": "text", "label": "text", "type": "text", "meaning": "text"}
        stage("standard_attribute", columns, ((one.key, str(one.label), str(one.type), str(one.meaning)) for one in STANDARD_ATTRIBUTES))
        columns = {"name": "text", "meaning": "text", "properties": "jsonb", "amount_key": "text"}
        stage("standard_type", columns, (_event_row(one) for one in STANDARD_EVENTS))
    run(NEW_ATTRIBUTES)
    run(NEW_TYPES)


def _event_row(one: StandardEvent) -> tuple[str, str, str, str]:
    properties = [{name: str(value) for name, value in part.items()} for part in one.properties]
    return (one.name, str(one.meaning), json(properties), one.amount_key)


def fitting(names: Iterable[str]) -> set[str]:
    """Of these names of events, in their order: those that are known, and as many new ones as there is room for."""
    known = event_types().keys()
    new = [name for name in dict.fromkeys(names) if name not in known]
    return {*known, *new[: max(0, MOST_TYPES - len(known))]}


def learn(names: set[str]) -> dict[str, int]:
    """The ids of event types by name; a name that was never seen is added to the catalogue. Raises TooManyTypes."""
    known = {name: kind.pk for name, kind in event_types().items()}
    if new := names - known.keys():
        if len(known) + len(new) > MOST_TYPES:
            raise TooManyTypes(new)
        EventType.objects.bulk_create((EventType(name=name) for name in new), ignore_conflicts=True)
        known = dict(EventType.objects.values_list("name", "pk"))
    return {name: known[name] for name in names}


def count_undeclared(pairs: Iterable[tuple[str, Any]], source: Source, at: datetime) -> None:
    """Remembers which keys a source sends that no catalogue knows, and what they look like."""
    looks: dict[str, str] = {}
    times: Counter[str] = Counter()
    for key, value in pairs:
        if key in looks or len(looks) < MOST_KEYS:
            looks.setdefault(key, str(values.looks_like(value)))
            times[key] += 1
    if times:
        stage("undeclared_key", {"key": "text", "looks_like": "text", "times": "bigint"}, ((k, looks[k], n) for k, n in times.items()))
        run(UNDECLARED, {"source": source.pk, "at": at, "most": MOST_KEYS_KEPT})

"""A customer in; everything that is held about them out, as one document in the form of access.schema.json (DS4, DS5). Leaves no row.

Every row of every table of which the model itself says that it belongs in here, by its columns, so that no table is forgotten. A row that
also tells of another customer, such as a merge that was undone, stays out (DS6): this is never a copy of somebody else.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Field
from django.utils import timezone
from django.utils.translation import get_language

from accounts import tenancy
from accounts.models import LegalIdentity, User
from accounts.tenancy import inspection
from consent import choices, retention
from consent.ledger import facts, receipts
from consent.ledger.keys import KeyLost
from consent.models import Decision, Purpose, RightsRequest
from consent.portal import held, told, wording
from consent.rights import coverage
from consent.rights import wording as words
from consent.rights.coverage import Held
from consent.transparency import authorities
from customers import provenance
from customers.models import Customer
from customers.staging import rows

FORM = "portret-access/1"
Document = dict[str, Any]

# The rows of a table all of whose columns with customers name this one, as JSON; without the number of the tenant.
ROWS = "SELECT to_jsonb(t) - 'tenant_id' FROM {table} t WHERE t.tenant_id = %(tenant)s AND {mine} ORDER BY t.id"
MINE = "(t.{column} IS NULL OR t.{column} = ANY(%(ids)s::bigint[]))"
ANY = "t.{column} = ANY(%(ids)s::bigint[])"


def document(customer: Customer) -> Document:
    """In the language of the page: what is a sentence is said in it."""
    row_ids, uses = provenance.rows_of(customer), held.everything(customer)
    return {
        "format": FORM,
        "made_at": _iso(timezone.now()),
        "language": get_language(),
        "organisation": _organisation(),
        "customer": customer.public_id,
        "attributes": [_value(each) for each in [*uses.facts, *uses.undeclared]],
        "known_by": [
            {"kind": each.name, "value": each.value, "source": each.source, "since": _iso(each.since)} for each in uses.identifiers
        ],
        "worked_out": [_thought(each) for each in uses.thoughts],
        "purposes": _purposes(),
        "consents": _consents(customer),
        "decisions": _decisions(row_ids),
        "requests": _requests(row_ids),
        "looked": [{"at": _iso(each.at), "who": each.who} for each in uses.looks],
        "retention": _retention(uses),
        "tables": [_table(each, row_ids) for each in coverage.of_customers() if each.holding.is_exported],
    }


def _organisation() -> Document:
    tenant, identity = tenancy.current(), LegalIdentity.objects.first()
    authority = authorities.of(tenant.country)
    said = {"name": tenant.name, "complain_at": {"name": authority.name, "url": authority.url}}
    return {**said, "legal_name": identity.legal_name, "privacy_email": identity.privacy_email} if identity else said


def _value(each: held.Held) -> Document:
    return {
        "key": each.key,
        "name": each.name,
        "type": each.attribute.type if each.attribute else "",
        "value": each.value,
        "source": each.source,
        "since": _iso(each.since),
        "used_for": each.uses,
        "seen_by": each.receivers,
        "earlier": [{"value": other.value, "source": other.source, "at": _iso(other.at)} for other in each.others],
    }


def _thought(each: held.Thought) -> Document:
    return {"name": each.name, "value": each.value, "because": each.because, "used_for": each.uses}


def _purposes() -> list[Document]:
    """What data is used for, on what ground, who gets it, how long it is kept: in force now."""
    return [_purpose(each) for each in Purpose.objects.live().select_related("version")]


def _purpose(purpose: Purpose) -> Document:
    version, text = purpose.version, purpose.version.text_in(get_language())
    said = {"key": purpose.key, "title": text.get("title", ""), "text": text.get("text", ""), "ground": wording.basis(version)}
    return said | {
        "seen_by": version.recipients,
        "transfers": version.transfers,
        "sources": version.sources,
        "kept_days": version.kept_days,
    }


def _consents(customer: Customer) -> list[Document]:
    """Each choice as it stands in the log, in words too, with its receipt where there is one."""
    titles = told.titles_of_purposes()
    return [_consent(each, titles) for each in choices.history(customer.pk)]


def _consent(each: choices.Happened, titles: dict[str, str]) -> Document:
    what, answer = told.in_words(each.fields, titles)
    said = {
        "event": each.event_id,
        "at": _iso(each.at),
        "what": what,
        "answer": answer,
        "how": wording.method(each.fields.get("method", "")),
    }
    return {**said, "fields": each.fields, "receipt": _receipt(each)}


def _receipt(each: choices.Happened) -> Document | None:
    try:
        return receipts.receipt(UUID(each.event_id), language=get_language())
    except (facts.NoReceipt, facts.Incomplete, KeyLost):
        return None


def _decisions(row_ids: list[int]) -> list[Document]:
    """Every time we asked ourselves whether we might, and the answer."""
    asked = Decision.objects.filter(customer_id__in=row_ids).select_related("purpose__version").order_by("-pk")
    return [_answer(told.answer(each)) for each in asked.iterator(chunk_size=1_000)]


def _answer(each: told.Answer) -> Document:
    said = {"at": _iso(each.at), "what": each.what, "channel": str(each.channel), "is_allowed": each.is_allowed}
    return {**said, "why": each.why, "event": each.event_id}


def _requests(row_ids: list[int]) -> list[Document]:
    names = words.Names()
    return [_request(each, names) for each in RightsRequest.objects.filter(customer_id__in=row_ids).order_by("pk")]


def _request(each: RightsRequest, names: words.Names) -> Document:
    said = {"number": each.number, "what": words.asked(each, names), "state": str(each.get_status_display()), "detail": each.detail}
    return said | {"received_at": _iso(each.received_at), "due_on": each.due_on.isoformat(), "reason": each.reason}


def _retention(known: held.Everything) -> list[Document]:
    """When what goes: of each attribute and event, and by the rules of the organisation."""
    kept = [{"what": each.name, "days": each.attribute.kept_days, "why": each.attribute.meaning} for each in known.facts if each.attribute]
    rules = retention.rules().values()
    return kept + [{"what": str(each.get_about_display()), "days": each.days, "why": each.reason} for each in rules]


def _table(each: Held, row_ids: list[int]) -> Document:
    columns = each.holding.columns
    mine = " AND ".join(MINE.format(column=column) for column in columns)
    named = " OR ".join(ANY.format(column=column) for column in columns)
    found = rows(ROWS.format(table=each.table, mine=f"{mine} AND ({named})"), {"ids": row_ids})
    kept = [_named(each, row) for row in _readable(each, [json.loads(row) for (row,) in found])]
    return {"table": each.table, "what": words.table(each.holding.what), "rows": kept}


def _readable(each: Held, found: list[Document]) -> list[Document]:
    """Beside the number of a row of the organisation (a source, an event type) stands what it is called."""
    for field in _pointing(each):
        wanted = {row[field.column] for row in found} - {None}
        names = {row.pk: str(row) for row in field.related_model.objects.filter(pk__in=wanted)} if wanted else {}
        for row in found:
            row[field.name] = names.get(row[field.column], "")
    return found


def _pointing(each: Held) -> list[Field]:
    models = set(inspection.tenant_models()) - {Customer}
    return [field for field in each.model._meta.local_fields if field.is_relation and field.related_model in models]


def _named(each: Held, row: Document) -> Document:
    """Without who of the colleagues did it: that is about them."""
    colleagues = {field.column for field in each.model._meta.local_fields if field.related_model is User}
    return {name: value for name, value in row.items() if name not in colleagues}


def _iso(at: datetime) -> str:
    return at.isoformat()

"""A model in, a valid row of it out: made from its fields, so that a model added later is covered without anyone remembering."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts import vault
from accounts.tenancy import inspection
from accounts.tenancy.rows import TenantModel
from consent import suppressions
from tests.consent import form_rows, ledger_rows

ON_ROWS_OF_THEIR_OWN = ("id", "tenant")
# What a rule of the table, or whoever reads it, asks for beyond its columns.
ALSO = {
    "consent.ConsentFormVersion": lambda: {"content": {"purposes": [], "attributes": [], "sites": [], "texts": {"nl": form_rows.TEXTS}}},
    "consent.Pepper": lambda: {"sealed": vault.seal("00" * 64, use=suppressions.USE)},
    "consent.RetentionRule": lambda: {"days": 1, "key": uuid.uuid4().hex},
}


def make(model: type[TenantModel], **given: Any) -> TenantModel:
    """One new row in the open scope. An existing row is used where only one may exist a tenant."""
    if is_single(model) and (only := model.objects.first()):
        return only
    if getattr(model, "is_written_by_function", False):
        return ledger_rows.make(model)
    row = build(model, **given)
    row.save()
    return row


def build(model: type[TenantModel], **given: Any) -> TenantModel:
    """A row that is not saved yet."""
    given = {**ALSO.get(model._meta.label, dict)(), **given}
    fields = [field for field in model._meta.local_fields if field.name not in ON_ROWS_OF_THEIR_OWN and _needs_value(field)]
    return model(**{**{field.attname: value_for(field) for field in fields if field.attname not in given}, **given})


def value_for(field: models.Field) -> Any:
    if field.is_relation and field.related_model in inspection.tenant_models():
        return make(field.related_model).pk
    if isinstance(field, ArrayField):
        return [value_for(field.base_field)]
    if field.choices:
        return field.choices[0][0]
    return _plain(field)


def _plain(field: models.Field) -> Any:
    word = uuid.uuid4().hex
    kinds = [
        (models.ForeignKey, uuid.uuid4().int % 10**9 + 10**6),
        (models.EmailField, f"{word}@row.example"),
        (models.DateTimeField, timezone.now() + timedelta(days=1)),
        (models.DateField, timezone.now().date()),
        (models.BooleanField, False),
        (models.JSONField, {}),
        (models.GenericIPAddressField, "192.0.2.1"),
        (models.BinaryField, word.encode()),
        (models.UUIDField, uuid.uuid4()),
        (models.IntegerField, 1),
        (models.URLField, f"https://{word}.example"),
        (models.CharField, word[: getattr(field, "max_length", None) or 32]),
        (models.TextField, word),
    ]
    return next(value for kind, value in kinds if isinstance(field, kind))


def _needs_value(field: models.Field) -> bool:
    return not (field.null or field.has_default() or getattr(field, "auto_now_add", False)) and not (
        field.blank and field.empty_strings_allowed
    )


def is_single(model: type[TenantModel]) -> bool:
    return any(tuple(rule.fields) == ("tenant",) for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint))


def parents(model: type[TenantModel]) -> list[models.Field]:
    """The fields that point at another row of the same tenant."""
    return [field for field in model._meta.local_fields if field.is_relation and field.related_model in inspection.tenant_models()]

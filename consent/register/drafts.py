"""What a colleague writes in, the draft of a purpose out: the row of `PurposeVersion` without `published_at`, and its audit entry."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Action, Actor
from accounts.models import User
from consent.models import Purpose, PurposeVersion
from consent.register.content import FIELDS, of_version


class KeyTaken(ValueError):
    """Another purpose has this key. A retry does not help."""


def of(purpose: Purpose) -> PurposeVersion | None:
    return PurposeVersion.objects.filter(purpose=purpose, published_at=None).select_related("purpose").first()


def create(purpose: Purpose, version: PurposeVersion, *, by: User, actor: Actor) -> Purpose:
    """A new purpose with its first draft. Raises KeyTaken."""
    purpose.place = (Purpose.objects.aggregate(last=Max("place"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            purpose.save()
    except IntegrityError:
        raise KeyTaken(_("Another purpose has this key. Choose another.")) from None
    version.purpose, version.number, version.created_by = purpose, 1, by
    version.save()
    audit.record(actor, Action.PURPOSE_CREATED, purpose, after=of_version(version))
    return purpose


def hold(purpose: Purpose) -> Purpose:
    """Until the end of the transaction nobody else writes or publishes a version of it."""
    return Purpose.objects.select_for_update(of=("self",), no_key=True).get(pk=purpose.pk)


def begin(purpose: Purpose) -> PurposeVersion:
    """The draft there is, or else a new one, not saved yet, that begins as what is in force."""
    if draft := of(purpose):
        return draft
    values = {name: getattr(purpose.version, name) for name in FIELDS} if purpose.version else {"channels": []}
    last = PurposeVersion.objects.filter(purpose=purpose).aggregate(last=Max("number"))["last"] or 0
    return PurposeVersion(purpose=purpose, number=last + 1, **{**values, "is_material": False})


def save(draft: PurposeVersion, before: dict[str, Any], *, by: User, actor: Actor) -> None:
    """Who changed it last counts as its maker: the other of the two people who are needed publishes it (LB5)."""
    after = of_version(draft)
    if draft.pk and after == before:
        return
    draft.created_by = by
    draft.purpose.save(update_fields=["kind"])
    draft.save()
    audit.record(actor, Action.PURPOSE_CHANGED, draft.purpose, before=before, after=after)

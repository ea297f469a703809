"""A tenant and its settings: new values in, the rows and their audit entries out."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.forms import ModelForm
from django.utils import timezone

from accounts import audit, team, tenancy
from accounts.audit import Action, Actor
from accounts.models import Tenant, User

MOST_A_DAY = 10


class TooManyFounded(Exception):
    """This user has founded enough organisations for one day; try again tomorrow."""


@transaction.atomic
def found(tenant: Tenant, *, by: User, actor: Actor) -> Tenant:
    """Saves a new tenant with `by` as its first owner.

    Raises IntegrityError when the slug is taken meanwhile, TooManyFounded after so many on one day.
    """
    if by.tenants.filter(created_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyFounded
    tenant.save()
    with tenancy.scope(tenant):
        audit.record(actor, Action.TENANT_CREATED, tenant, after=audit.values_of(tenant))
        team.join(by, roles=["owner"], actor=actor)
    return tenant


def change(form: ModelForm, action: Action, before: dict[str, Any], *, actor: Actor) -> None:
    """Saves a valid form of settings; `before` are the values as they were. No change leaves no entry. Raises IntegrityError."""
    with transaction.atomic():
        row = form.save()
    after = audit.values_of(row)
    if after != before:
        audit.record(actor, action, row, before=before, after=after)

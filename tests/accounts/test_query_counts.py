"""Every list asks the database as often for many rows as for few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import ApiKey, AuditEntry, Invitation, Membership, SenderIdentity, Tenant, User


def add_members(cast, count: int) -> None:
    users = [User(email=f"m{number}-{count}@acme.example", name=f"M {number}") for number in range(count)]
    User.objects.bulk_create(users)
    with tenancy.scope(cast.acme):
        Membership.objects.bulk_create([Membership(user=user, roles=["viewer"]) for user in users])


def add_invitations(cast, count: int) -> None:
    with tenancy.scope(cast.acme):
        Invitation.objects.bulk_create(
            Invitation(email=f"i{n}-{count}@new.example", roles=["viewer"], token_hash=f"{n}-{count}", invited_by=cast.ana)
            for n in range(count)
        )


def add_keys(cast, count: int) -> None:
    soon = timezone.now() + timedelta(days=3)
    with tenancy.scope(cast.acme):
        ApiKey.objects.bulk_create(
            ApiKey(name="Shop", prefix=f"{n}-{count}", secret_hash="x", scopes=[], created_by=cast.ana, expires_at=soon)
            for n in range(count)
        )


def add_entries(cast, count: int) -> None:
    with tenancy.scope(cast.acme):
        AuditEntry.objects.bulk_create(
            AuditEntry(actor_kind="user", actor_id=cast.ana.pk, action="member.viewed", before={"a": 1}, after={"a": n})
            for n in range(count)
        )


def add_senders(cast, count: int) -> None:
    with tenancy.scope(cast.acme):
        SenderIdentity.objects.bulk_create(
            SenderIdentity(
                name="News", email=f"s{n}-{count}@acme.example", token_hash="x", token_expires_at=timezone.now(), added_by=cast.ana
            )
            for n in range(count)
        )


def add_tenants(cast, count: int) -> None:
    tenants = Tenant.objects.bulk_create(Tenant(name=f"T {n}", slug=f"t{n}-{count}") for n in range(count))
    cast.ana.tenants.add(*tenants)


LISTS = [
    ("/t/acme/team/", add_members),
    ("/t/acme/team/", add_invitations),
    ("/t/acme/keys/", add_keys),
    ("/t/acme/audit/", add_entries),
    ("/t/acme/settings/senders/", add_senders),
    ("/t/acme/settings/", add_senders),
    ("/organisations/", add_tenants),
    ("/t/acme/", add_entries),
    ("/t/acme/", add_keys),
]


def queries(client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize(("path", "add"), LISTS, ids=[f"{add.__name__[4:]} on {path}" for path, add in LISTS])
def test_many_rows_take_as_many_queries_as_few(cast, ana, path, add):
    add(cast, 5)
    few = queries(ana, path)
    add(cast, 120)
    assert queries(ana, path) == few
    assert few <= 20

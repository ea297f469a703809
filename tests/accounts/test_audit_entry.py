"""What every entry holds: who, when, from where, before and after, and never a secret."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import audit, tenancy
from accounts.models import AuditEntry, Brand, SenderIdentity, Tenant
from accounts.models.api_key import ApiKey
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership
from tests.accounts.pictures import picture, upload

HERE = {"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": "Firefox/1"}
TENANT = {"name": "Acme 2", "time_zone": "UTC", "languages": ["nl"]}
IDENTITY = {"legal_name": "A", "street": "S", "postal_code": "P", "city": "C", "country": "N", "privacy_email": "p@acme.example"}
KEY = {"name": "Shop", "scopes": ["numbers.view"], "purposes": "", "days": 30}
# Every write of a colleague, in an order in which each finds what it needs; an id in braces is that of the newest such row.
WRITES = [
    ("organisation.changed", "settings/organisation/", TENANT),
    ("identity.changed", "settings/identity/", IDENTITY),
    ("brand.changed", "settings/brand/", {"colour": "#1c4a40", "colour_dark": ""}),
    ("sender.added", "settings/senders/", {"name": "News", "email": "news@acme.example", "reply_to": ""}),
    ("sender.removed", "settings/senders/{SenderIdentity}/remove/", {}),
    ("member.invited", "team/invite/", {"email": "dana@new.example", "roles": ["viewer"]}),
    ("invitation.renewed", "team/invitations/{Invitation}/renew/", {}),
    ("invitation.revoked", "team/invitations/{Invitation}/revoke/", {}),
    ("member.changed", "team/{Membership}/", {"roles": ["editor"]}),
    ("member.removed", "team/{Membership}/remove/", {}),
    ("key.created", "keys/new/", KEY),
    ("key.rotated", "keys/{ApiKey}/rotate/", {"days": 30}),
    ("key.revoked", "keys/{ApiKey}/revoke/", {}),
]


def newest_ids(tenant) -> dict[str, str]:
    models = [SenderIdentity, Invitation, Membership, ApiKey]
    with tenancy.scope(tenant):
        newest = [(model.__name__, model.objects.order_by("pk").last()) for model in models]
        return {name: row.public_id for name, row in newest if row}


def test_every_write_leaves_one_entry_with_who_when_and_from_where(cast, ana):
    began = timezone.now()
    for _, path, values in WRITES:
        ana.post(f"/t/acme/{path}".format(**newest_ids(cast.acme)), values, **HERE)
    with tenancy.scope(cast.acme):
        entries = list(AuditEntry.objects.filter(ip="192.0.2.7").order_by("pk"))
    assert [entry.action for entry in entries] == [action for action, _, _ in WRITES]
    assert {(entry.actor_kind, entry.actor_id, entry.actor_name, entry.user_agent) for entry in entries} == {
        ("user", cast.ana.pk, "Ana Bakker", "Firefox/1")
    }
    assert all(began <= entry.at <= timezone.now() for entry in entries)
    assert len({entry.request_id for entry in entries}) == len(WRITES)


def test_what_was_written_is_in_the_entry_and_what_is_secret_is_not(cast, ana):
    for _, path, values in WRITES:
        ana.post(f"/t/acme/{path}".format(**newest_ids(cast.acme)), values)
    with tenancy.scope(cast.acme):
        entries = list(AuditEntry.objects.all())
        secrets = [*Invitation.objects.values_list("token_hash", flat=True), *ApiKey.objects.values_list("secret_hash", flat=True)]
    keys = {key for entry in entries for values in (entry.before, entry.after) for key in values or {}}
    kept = str([(entry.before, entry.after) for entry in entries])
    assert not keys & {"secret_hash", "token_hash", "password", "id_key"}
    assert [secret for secret in secrets if secret in kept] == []


def test_a_logo_is_recorded_by_its_name(cast, ana):
    ana.post("/t/acme/settings/brand/", {"colour": "", "colour_dark": "", "logo": upload(picture())})
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="brand.changed").after["logo"] == Brand.objects.get().logo.name


def test_what_failed_leaves_no_entry(cast, ana):
    with tenancy.scope(cast.acme):
        before = AuditEntry.objects.count()
    ana.post("/t/acme/settings/organisation/", {**TENANT, "time_zone": "Nowhere"})
    ana.post("/t/acme/keys/new/", {**KEY, "scopes": []})
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.5", "192.0.2.7"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.1, 203.0.113.5", "198.51.100.1"),
        (2, "203.0.113.5", "192.0.2.7"),
        (1, "", "192.0.2.7"),
        (1, "no address", None),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (0, "", "192.0.2.7"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_our_own_proxies_wrote_it(cast, ana, settings, proxies, forwarded, found):
    settings.TRUSTED_PROXIES = proxies
    ana.post("/t/acme/settings/organisation/", TENANT, headers={"x-forwarded-for": forwarded}, REMOTE_ADDR="192.0.2.7")
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="organisation.changed").ip == found


def test_long_names_and_browsers_are_cut_not_refused(cast, ana):
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(name="x" * 100)
    ana.post("/t/acme/settings/organisation/", TENANT, headers={"user-agent": "y" * 5000})
    with tenancy.scope(cast.acme):
        assert len(AuditEntry.objects.get(action="organisation.changed").user_agent) == 300


def test_the_entry_and_the_act_stand_or_fall_together(cast):
    with pytest.raises(ZeroDivisionError), tenancy.scope(cast.acme):
        audit.record(audit.SYSTEM, audit.Action.INVITED)
        raise ZeroDivisionError
    with tenancy.scope(cast.acme):
        assert not AuditEntry.objects.filter(action="member.invited").exists()


def test_an_entry_says_the_name_a_row_had_then(cast, ana):
    ana.post("/t/acme/settings/organisation/", TENANT)
    Tenant.objects.filter(pk=cast.acme.pk).update(name="Acme 3")
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="organisation.changed").object_name == "Acme 2"


def test_changes_name_only_what_differs():
    entry = AuditEntry(before={"a": 1, "b": 2}, after={"a": 1, "b": 3, "c": 4})
    assert entry.changes == [("b", 2, 3), ("c", None, 4)]


def test_a_key_that_expires_soon_says_so():
    key = ApiKey(expires_at=timezone.now() + timedelta(days=3))
    assert key.is_active
    assert key.expires_soon

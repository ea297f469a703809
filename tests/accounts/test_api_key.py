"""API keys on the page: made, shown once, renewed and revoked, by who has just given his password."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import ApiKey, AuditEntry
from accounts.team import join
from tests.accounts.test_member_change import member_with
from tests.conftest import signed_in

NEW = "/t/acme/keys/new/"
ENGLISH = {"accept-language": "en"}
SHOP = {"name": "Web shop", "scopes": ["customers.change", "numbers.view"], "purposes": "service, newsletter", "days": 30}


def make(client, **values) -> str:
    """The text of a new key."""
    return client.post(NEW, {**SHOP, **values}, headers=ENGLISH).context["issued"].text


def only_key(tenant) -> ApiKey:
    with tenancy.scope(tenant):
        return ApiKey.objects.get()


def path_to(tenant, verb: str) -> str:
    with tenancy.scope(tenant):
        return f"/t/acme/keys/{ApiKey.objects.get().public_id}/{verb}/"


def authorised(text: str) -> int:
    return Client().get("/api/v1/key", headers={"authorization": f"Bearer {text}"}).status_code


@pytest.fixture
def old_session(cast) -> Client:
    """Ana is signed in, but gave her password long ago."""
    client = Client()
    client.force_login(cast.ana)
    return client


def test_a_key_is_shown_once(ana):
    answer = ana.post(NEW, SHOP)
    text = answer.context["issued"].text
    assert answer.status_code == 201
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert text not in ana.get("/t/acme/keys/").content.decode()


def test_it_names_its_tenant_and_holds_256_bits(ana):
    mark, slug, prefix, secret = make(ana).split("_", 3)
    assert (mark, slug, len(prefix)) == ("portret", "acme", 8)
    assert len(secret) == 43


def test_no_part_of_the_secret_is_in_the_database(cast, ana):
    secret = make(ana).split("_", 3)[3]
    with tenancy.scope(cast.acme):
        kept = str(list(ApiKey.objects.values())) + str(list(AuditEntry.objects.values()))
    assert [part for part in (secret[:12], secret[12:24], secret[-12:]) if part in kept] == []


def test_it_is_kept_with_what_was_asked_and_recorded(cast, ana):
    make(ana)
    key = only_key(cast.acme)
    assert (key.scopes, key.purposes, key.created_by_id) == (["customers.change", "numbers.view"], ["newsletter", "service"], cast.ana.pk)
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="key.created")
    assert entry.after["scopes"] == ["customers.change", "numbers.view"]
    assert "secret_hash" not in entry.after


def test_without_purposes_it_is_for_none(cast, ana):
    make(ana, purposes="")
    assert not only_key(cast.acme).is_for("newsletter")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"scopes": []}, "at least one"),
        ({"scopes": ["team.manage"]}, "valid choice"),
        ({"scopes": ["god"]}, "valid choice"),
        ({"purposes": "News Letter"}, "is not a code"),
        ({"purposes": "a" * 51}, "is not a code"),
        ({"days": 10_000}, "valid choice"),
        ({"name": ""}, "required"),
        ({"name": "Shop\r\nX: 1"}, "one line"),
    ],
)
def test_bad_input_says_why(cast, ana, wrong, word):
    answer = ana.post(NEW, {**SHOP, **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert not ApiKey.objects.exists()


def test_nobody_gives_a_key_what_he_may_not_do_himself(cast):
    admin = signed_in(member_with(cast.acme, "adam", "admin"))
    assert admin.post(NEW, {**SHOP, "scopes": ["data.export"]}).status_code == 422
    with tenancy.scope(cast.acme):
        assert not ApiKey.objects.exists()


def test_nor_gets_it_by_renewing_the_key_of_another(cast, ana):
    make(ana, scopes=["data.export"])
    admin = signed_in(member_with(cast.acme, "adam", "admin"))
    assert admin.post(path_to(cast.acme, "rotate"), {"days": 30}).status_code == 403
    assert only_key(cast.acme).scopes == ["data.export"]


def test_renewing_gives_a_successor_while_the_old_one_works_on_for_a_week(cast, ana):
    old = make(ana)
    answer = ana.post(path_to(cast.acme, "rotate"), {"days": 365})
    new = answer.context["issued"].text
    assert (answer.status_code, authorised(old), authorised(new)) == (201, 200, 200)
    with tenancy.scope(cast.acme):
        successor = ApiKey.objects.exclude(replaces=None).get()
        assert timedelta(days=6) < successor.replaces.expires_at - timezone.now() <= timedelta(days=7)
        assert (successor.scopes, successor.purposes) == (successor.replaces.scopes, successor.replaces.purposes)
        assert AuditEntry.objects.filter(action="key.rotated").count() == 1


def test_after_the_overlap_only_the_successor_works(cast, ana):
    old = make(ana)
    new = ana.post(path_to(cast.acme, "rotate"), {"days": 365}).context["issued"].text
    with tenancy.scope(cast.acme):
        ApiKey.objects.filter(replaces=None).update(expires_at=timezone.now())
    assert (authorised(old), authorised(new)) == (401, 200)


def test_renewing_does_not_lengthen_the_life_of_a_key_that_ends_sooner(cast, ana):
    make(ana)
    soon = timezone.now() + timedelta(hours=1)
    with tenancy.scope(cast.acme):
        ApiKey.objects.update(expires_at=soon)
    ana.post(path_to(cast.acme, "rotate"), {"days": 30})
    with tenancy.scope(cast.acme):
        assert ApiKey.objects.get(replaces=None).expires_at == soon


def test_revoking_ends_it_at_once_and_is_recorded(cast, ana):
    text = make(ana)
    assert ana.get(path_to(cast.acme, "revoke")).status_code == 200
    assert authorised(text) == 200
    ana.post(path_to(cast.acme, "revoke"))
    assert authorised(text) == 401
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="key.revoked").count() == 1


def test_revoking_twice_is_recorded_once(cast, ana):
    make(ana)
    ana.post(path_to(cast.acme, "revoke"))
    ana.post(path_to(cast.acme, "revoke"))
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.filter(action="key.revoked").count() == 1


def test_a_revoked_key_cannot_be_renewed(cast, ana):
    make(ana)
    ana.post(path_to(cast.acme, "revoke"))
    assert ana.post(path_to(cast.acme, "rotate"), {"days": 30}).status_code == 404


def test_making_and_renewing_ask_for_the_password_again(cast, ana, old_session):
    make(ana)
    pages = [NEW, path_to(cast.acme, "rotate")]
    answers = [old_session.get(page) for page in pages] + [old_session.post(page, SHOP) for page in pages]
    assert {answer.url.partition("?")[0] for answer in answers} == {"/account/reauthenticate/"}
    with tenancy.scope(cast.acme):
        assert ApiKey.objects.count() == 1


def test_a_viewer_is_refused(cast, ana, ben):
    make(ana)
    assert [ben.get(page).status_code for page in ("/t/acme/keys/", NEW)] == [403, 403]
    assert [ben.post(path_to(cast.acme, verb)).status_code for verb in ("rotate", "revoke")] == [403, 403]


def test_a_stranger_finds_nothing(cast, ana, mallory):
    make(ana)
    assert [mallory.post(path_to(cast.acme, verb)).status_code for verb in ("rotate", "revoke")] == [404, 404]
    assert mallory.post(NEW, SHOP).status_code == 404


def test_the_list_is_only_read(ana):
    assert ana.post("/t/acme/keys/").status_code == 405


def test_the_key_of_a_member_of_two_tenants_belongs_to_one(cast, ana):
    with tenancy.scope(cast.globex):
        join(cast.ana, roles=["owner"], actor=SYSTEM)
    make(ana)
    with tenancy.scope(cast.globex):
        assert not ApiKey.objects.exists()

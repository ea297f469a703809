"""Other roles for a colleague: nobody his own, only owners make owners, and there is always one."""

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, Membership
from accounts.team import join
from tests.conftest import make_user, signed_in

ENGLISH = {"accept-language": "en"}


def path_of(tenant, user) -> str:
    with tenancy.scope(tenant):
        return f"/t/{tenant.slug}/team/{Membership.objects.get(user=user).public_id}/"


def give(client, tenant, user, *roles, **values):
    return client.post(path_of(tenant, user), {"csrfmiddlewaretoken": "x", "roles": roles, **values}, headers=ENGLISH)


def member(tenant, user) -> Membership:
    with tenancy.scope(tenant):
        return Membership.objects.get(user=user)


def member_with(tenant, name: str, *roles, may_export=False):
    user = make_user(name, f"{name}@acme.example")
    with tenancy.scope(tenant):
        join(user, roles=list(roles), may_export=may_export, actor=SYSTEM)
    return user


@pytest.fixture
def admin(cast):
    """Runs acme, and may not export."""
    return signed_in(member_with(cast.acme, "adam", "admin"))


def test_a_colleague_gets_other_roles_and_the_change_is_recorded(cast, ana):
    assert give(ana, cast.acme, cast.ben, "editor", "sender", may_export="on").status_code == 302
    assert member(cast.acme, cast.ben).roles == ["editor", "sender"]
    assert member(cast.acme, cast.ben).may_export
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="member.changed")
    assert entry.changes == [("roles", ["viewer"], ["editor", "sender"]), ("may_export", False, True)]
    assert (entry.actor_id, entry.object_name) == (cast.ana.pk, "Ben de Vries")


def test_what_did_not_change_leaves_no_entry(cast, ana):
    assert give(ana, cast.acme, cast.ben, "viewer").status_code == 302
    with tenancy.scope(cast.acme):
        assert not AuditEntry.objects.filter(action="member.changed").exists()


def test_looking_at_a_colleague_is_recorded(cast, ana):
    ana.get(path_of(cast.acme, cast.ben))
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.get(action="member.viewed").object_name == "Ben de Vries"


def test_nobody_changes_his_own_roles(cast, ana):
    answer = give(ana, cast.acme, cast.ana, "owner", "admin")
    assert answer.status_code == 422
    assert "your own roles" in answer.content.decode()
    assert member(cast.acme, cast.ana).roles == ["owner"]


def test_an_admin_cannot_make_himself_owner(cast, admin):
    adam = type(cast.ana).objects.get(email="adam@acme.example")
    assert give(admin, cast.acme, adam, "owner").status_code == 422
    assert member(cast.acme, adam).roles == ["admin"]


def test_an_admin_makes_no_owners(cast, admin):
    assert give(admin, cast.acme, cast.ben, "owner").status_code == 422
    assert member(cast.acme, cast.ben).roles == ["viewer"]


def test_an_admin_does_not_demote_an_owner(cast, admin):
    answer = give(admin, cast.acme, cast.ana, "viewer")
    assert "Only an owner" in answer.content.decode()
    assert member(cast.acme, cast.ana).roles == ["owner"]


def test_who_may_not_export_gives_nobody_that_right(cast, admin):
    give(admin, cast.acme, cast.ben, "editor", may_export="on")
    assert member(cast.acme, cast.ben).roles == ["editor"]
    assert not member(cast.acme, cast.ben).may_export


def test_nor_by_a_role_that_exports(cast, admin):
    assert give(admin, cast.acme, cast.ben, "privacy_officer").status_code == 422
    assert member(cast.acme, cast.ben).roles == ["viewer"]


def test_who_may_export_gives_that_role(cast):
    admin = signed_in(member_with(cast.acme, "alex", "admin", may_export=True))
    assert give(admin, cast.acme, cast.ben, "privacy_officer").status_code == 302


def test_an_admin_leaves_a_colleague_what_he_has_already(cast, admin):
    petra = member_with(cast.acme, "petra", "privacy_officer", may_export=True)
    assert give(admin, cast.acme, petra, "privacy_officer", "editor").status_code == 302
    assert member(cast.acme, petra).roles == ["privacy_officer", "editor"]
    assert member(cast.acme, petra).may_export


def test_an_owner_makes_an_owner_and_may_then_be_demoted_by_him(cast, ana):
    give(ana, cast.acme, cast.ben, "owner")
    assert give(signed_in(cast.ben), cast.acme, cast.ana, "viewer").status_code == 302
    assert member(cast.acme, cast.ana).roles == ["viewer"]


@pytest.mark.parametrize("roles", [[], ["god"]])
def test_roles_that_make_no_sense_say_why(cast, ana, roles):
    answer = give(ana, cast.acme, cast.ben, *roles)
    assert answer.status_code == 422
    assert member(cast.acme, cast.ben).roles == ["viewer"]


def test_a_viewer_is_refused(cast, ben):
    assert give(ben, cast.acme, cast.ana, "viewer").status_code == 403
    assert ben.get(path_of(cast.acme, cast.ana)).status_code == 403


def test_a_stranger_finds_nothing(cast, mallory):
    assert give(mallory, cast.acme, cast.ana, "viewer").status_code == 404


def test_an_id_of_our_own_tenant_does_not_open_a_member_of_another(cast, ana):
    theirs = path_of(cast.globex, cast.mallory).replace("globex", "acme")
    assert ana.get(theirs).status_code == 404


def test_only_by_get_and_post(cast, ana):
    assert ana.delete(path_of(cast.acme, cast.ben)).status_code == 405

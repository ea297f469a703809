"""One vocabulary: what each role may do, on every page of the organisation; sending apart from editing, exporting on its own."""

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import Membership
from accounts.permissions import FOR_KEYS, ROLES, Permission, Role, permissions_of, roles_with
from accounts.team import join
from tests.architecture.test_addresses import BEHIND, path_of
from tests.conftest import signed_in

PAGES = [(route, view.permission) for route, _, view, converters in BEHIND if not converters.keys() - {"tenant_slug"}]
every_role = pytest.mark.parametrize("role", ROLES, ids=str)


@every_role
def test_a_role_opens_the_pages_it_may_and_no_other(cast, cleo_user, role):
    with tenancy.scope(cast.acme):
        join(cleo_user, roles=[role], actor=SYSTEM)
    cleo = signed_in(cleo_user)
    answers = {route: cleo.get(path_of(route, cast.acme, "")).status_code for route, _ in PAGES}
    answers = {route: status for route, status in answers.items() if status != 405}  # no page: it only takes what is posted
    assert {route: status == 403 for route, status in answers.items()} == {
        route: permission not in ROLES[role] or ("audit/export" in route and Permission.AUDIT_VIEW not in ROLES[role])
        for route, permission in PAGES
        if route in answers
    }


def test_the_refusal_names_the_roles_that_may(ben):
    page = ben.get("/t/acme/keys/", headers={"accept-language": "en"})
    assert page.status_code == 403
    assert "Owner" in page.content.decode()
    assert "Admin" in page.content.decode()


def test_may_send_is_apart_from_may_edit():
    assert Permission.CAMPAIGNS_LAUNCH not in ROLES[Role.EDITOR]
    assert Permission.CONTENT_EDIT in ROLES[Role.EDITOR]
    assert Permission.CAMPAIGNS_LAUNCH in ROLES[Role.SENDER]
    assert Permission.CONTENT_EDIT not in ROLES[Role.SENDER]


def test_export_is_its_own_permission():
    assert roles_with(Permission.DATA_EXPORT) == [Role.OWNER, Role.PRIVACY_OFFICER]
    assert permissions_of(["admin"], may_export=True) - permissions_of(["admin"]) == {Permission.DATA_EXPORT}


def test_an_analyst_sees_no_personal_data():
    assert not {Permission.CUSTOMERS_VIEW, Permission.DATA_EXPORT, Permission.TEAM_VIEW, Permission.AUDIT_VIEW} & ROLES[Role.ANALYST]


def test_a_viewer_changes_nothing():
    assert {permission.value.rpartition(".")[2] for permission in ROLES[Role.VIEWER]} == {"view"}


def test_the_owner_may_everything_and_only_he_makes_owners():
    assert ROLES[Role.OWNER] == set(Permission)
    assert roles_with(Permission.ORGANISATION_OWN) == [Role.OWNER]


def test_a_key_never_manages_the_organisation():
    assert not {permission.value.partition(".")[0] for permission in FOR_KEYS} & {"organisation", "team", "keys", "audit"}


def test_a_role_that_does_not_exist_allows_nothing():
    assert permissions_of(["god"]) == frozenset()


def test_the_page_shows_the_matrix_as_it_holds(ben):
    matrix = ben.get("/t/acme/team/roles/").context["matrix"]
    assert {(permission, role) for permission, held in matrix for role, holds in zip(Role, held, strict=True) if holds} == {
        (permission, role) for role, held in ROLES.items() for permission in held
    }


def test_a_change_of_roles_holds_at_the_next_click(cast, ben):
    assert ben.get("/t/acme/audit/").status_code == 403
    with tenancy.scope(cast.acme):
        Membership.objects.filter(user=cast.ben).update(roles=["admin"])
    assert ben.get("/t/acme/audit/").status_code == 200

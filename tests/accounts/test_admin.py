"""What operators of the installation may do in Django's admin, and what they leave behind."""

import pytest
from django.test import Client

from accounts import tenancy
from accounts.models import AuditEntry, Tenant, User
from tests.conftest import signed_in


@pytest.fixture
def operator(db) -> Client:
    return signed_in(User.objects.create_superuser("otto@portret.example", "een-lang-wachtwoord", name="Otto"))


def test_a_change_by_an_operator_stands_in_the_log_of_the_organisation(cast, operator):
    values = {"name": "Acme", "slug": "acme", "time_zone": "Europe/Amsterdam", "requires_second_factor": "on"}
    assert operator.post(f"/admin/accounts/tenant/{cast.acme.pk}/change/", values).status_code == 302
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="organisation.changed")
    assert (entry.actor_name, entry.changes) == ("Otto", [("requires_second_factor", False, True)])


@pytest.mark.parametrize("path", ["tenant/", "user/", "tenant/{tenant}/change/", "user/{user}/change/", "user/add/"])
def test_the_pages_answer(cast, operator, path):
    assert operator.get(f"/admin/accounts/{path.format(tenant=cast.acme.pk, user=cast.ana.pk)}").status_code == 200


@pytest.mark.parametrize("path", ["tenant/add/", "tenant/{tenant}/delete/", "user/{user}/delete/"])
def test_organisations_are_not_made_and_nothing_is_deleted_here(cast, operator, path):
    assert operator.post(f"/admin/accounts/{path.format(tenant=cast.acme.pk, user=cast.ana.pk)}").status_code == 403
    assert Tenant.objects.count() == 2


def test_an_operator_is_no_member(cast, operator):
    assert operator.get("/t/acme/").status_code == 404


def test_an_owner_of_an_organisation_is_no_operator(ana):
    assert ana.get("/admin/accounts/tenant/").status_code == 302
    assert ana.get("/admin/", follow=True).redirect_chain[-1][0] == "/t/acme/"

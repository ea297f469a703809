"""Which organisation: straight to the only one, a choice of several, and never one of somebody else."""

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.team import join


@pytest.fixture
def ana_in_both(cast, ana):
    with tenancy.scope(cast.globex):
        join(cast.ana, roles=["viewer"], actor=SYSTEM)
    return ana


def test_who_has_one_goes_straight_to_it(ana):
    assert ana.get("/").url == "/t/acme/"


def test_who_has_several_chooses(ana_in_both):
    page = ana_in_both.get("/", follow=True)
    assert page.redirect_chain == [("/organisations/", 302)]
    assert [tenant.slug for tenant in page.context["tenants"]] == ["acme", "globex"]


def test_the_switcher_on_every_page_leads_to_the_choice(ana_in_both):
    assert 'href="/organisations/"' in ana_in_both.get("/t/acme/").content.decode()


def test_who_has_none_founds_one(cleo):
    assert cleo.get("/").url == "/organisations/new/"


def test_it_lists_nobody_elses(ana):
    page = ana.get("/organisations/")
    assert [tenant.slug for tenant in page.context["tenants"]] == ["acme"]
    assert "globex" not in page.content.decode().lower()


def test_the_same_user_may_do_in_each_what_his_roles_there_allow(ana_in_both):
    assert ana_in_both.get("/t/acme/keys/").status_code == 200
    assert ana_in_both.get("/t/globex/keys/").status_code == 403


@pytest.mark.parametrize("path", ["/", "/organisations/", "/second-factor/"])
def test_who_is_not_signed_in_is_asked_to(client, db, path):
    assert client.get(path).url.startswith("/account/login/")

"""Addresses that do not exist and bodies that are too large get a page in the product's look."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Tenant
from tests.conftest import signed_in

ENGLISH = {"accept-language": "en"}
TEN_MEGABYTES = "x" * 10_000_000


@pytest.mark.parametrize("path", ["/nothing/", "/t/acme/nothing/", "/t/nobody/", "/t/acme/team/0000000000000/", "/account/nothing/"])
def test_a_wrong_address_gets_a_page_of_ours(ana, path):
    answer = ana.get(path, headers=ENGLISH)
    assert answer.status_code == 404
    assert "404.html" in [template.name for template in answer.templates]
    assert "<html" in answer.content.decode()


def test_so_does_somebody_who_is_not_signed_in(client, db):
    assert client.get("/nothing/").status_code == 404


@pytest.mark.parametrize("careful", [False, True], ids=["without token", "with the check of the token"])
def test_a_form_of_ten_megabytes_is_refused_with_a_page(cast, careful):
    ana = signed_in(cast.ana)
    ana.handler.enforce_csrf_checks = careful
    ana.cookies[settings.CSRF_COOKIE_NAME] = "x" * 32
    answer = ana.post("/t/acme/settings/organisation/", {"name": TEN_MEGABYTES}, headers=ENGLISH)
    assert answer.status_code == 413
    assert "<html" in answer.content.decode()
    assert Tenant.objects.get(pk=cast.acme.pk).name == "Acme"


def test_so_is_one_in_the_coding_of_plain_forms(ana):
    answer = ana.post("/t/acme/settings/organisation/", f"name={TEN_MEGABYTES}", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_so_is_one_from_somebody_who_is_not_signed_in(client, db):
    assert client.post("/account/login/", {"login": TEN_MEGABYTES}).status_code == 413


def test_a_form_of_ten_thousand_fields_is_refused(ana):
    answer = ana.post("/t/acme/settings/organisation/", {f"f{number}": "1" for number in range(10_000)})
    assert answer.status_code in (400, 413)


def test_a_form_without_its_token_is_refused_with_a_page(cast):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/account/login/", {"login": "ana@acme.example", "password": "x"}, headers=ENGLISH)
    assert answer.status_code == 403
    assert "<html" in answer.content.decode()


@pytest.mark.parametrize("path", ["/t/acme/team/%00/", "/t/%00/", "/t/acme/invitation/%ff/", "/%e2%80%ae/"])
def test_an_address_of_odd_letters_is_only_a_wrong_address(ana, path):
    assert ana.get(path).status_code == 404

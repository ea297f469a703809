"""Names without a space, as long as the fields allow: they break, and no page grows wider than its screen."""

import pytest

from accounts import tenancy
from accounts.models import ApiKey, LegalIdentity, SenderIdentity, Tenant, User
from tests.architecture.test_addresses import path_of
from tests.browser.test_pages import OF_A_PERSON, OF_A_TENANT, ROW_OF

LONG = "Verantwoordelijkheidsgevoelsontwikkelingsmaatschappij" * 2


@pytest.fixture
def long_names(site, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        User.objects.update(name=LONG[:100])
        Tenant.objects.update(name=LONG[:100])
        with tenancy.scope(site.cast.acme):
            ApiKey.objects.update(name=LONG[:100])
            SenderIdentity.objects.update(name=LONG[:100])
            LegalIdentity.objects.update(legal_name=LONG, street=LONG)


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_no_page_grows_wider(site, visit, long_names, width):
    tab = visit(site.cast.ana, width=width).new_page()
    wide = []
    for address in [*(address_of(site, route, kinds) for route, _name, _view, kinds in OF_A_TENANT), *OF_A_PERSON]:
        tab.goto(address)
        if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(address)
    assert wide == []


def address_of(site, route: str, kinds: list[str]) -> str:
    row = next((ROW_OF[kind] for kind in kinds if kind in ROW_OF), None)
    return path_of(route, site.cast.acme, site.ids.get(row, ""))

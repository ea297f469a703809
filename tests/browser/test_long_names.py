"""Names without a space, as long as the fields allow: they break, and no page grows wider than its screen."""

import pytest

from accounts import tenancy
from accounts.models import ApiKey, LegalIdentity, SenderIdentity, Tenant, User
from customers.models import Attribute, Customer, EventType, Import, Product, Segment, Source
from tests.browser.test_pages import OF_A_PERSON, of_acme

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
            Customer.objects.update(name=LONG, email=f"{LONG[:60]}@row.example")
            Source.objects.update(name=LONG[:60], used_for=LONG, cost=LONG)
            Segment.objects.filter(version__gt=0).update(name=LONG[:80])
            Attribute.objects.update(meaning=LONG)
            EventType.objects.update(meaning=LONG)
            Product.objects.update(name=LONG, category=LONG[:60])
            Import.objects.update(name=LONG)


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_no_page_grows_wider(site, visit, long_names, width):
    tab = visit(site.cast.ana, width=width).new_page()
    wide = []
    for address in [*of_acme(site), *OF_A_PERSON]:
        tab.goto(address)
        if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(address)
    assert wide == []

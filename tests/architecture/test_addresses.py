"""Every address there is: who may open it, and that ids of another tenant find nothing (privacy.md SE2)."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import tenancy
from accounts.access import PublicIdConverter
from accounts.permissions import Permission
from accounts.tenancy import inspection, public_ids
from tests import rows

# Under /t/ but opened from a mail, by somebody who need not be a member. Looked at: they act on POST only, by token.
OPEN = {"accounts:invitation_accept", "accounts:sender_confirm"}
# Belongs to a person or to a program, not to a tenant. Everything else must be under /t/ or fail this test.
PERSONAL = {"home", "tenant_list", "tenant_create", "appearance_change", "second_factor_needed", "totp_qr"}
KEYS = {"api:api_key_detail", "consent_api:consent_list"}
# Signed with the write key of a source, which names its tenant (tests/customers/test_doors.py).
DOORS = {"ingest:batch", "ingest:call", "ingest:metrics", "ingest:settings"}
# Opened by customers, who have no account: by the link of a message, by a code, or by everybody (tests/consent/test_portal*.py).
CUSTOMERS = {
    "one_click",
    *(f"portal:{name}" for name in ("look", "logo", "ask", "notice", "home", "choose", "stop", "pause", "code")),
    *(f"portal:{name}" for name in ("me_home", "me_choose", "me_stop", "me_pause", "leave")),
    *(f"portal:{name}" for name in ("held", "did", "messages", "history", "receipt")),
    *(f"portal:{name}" for name in ("form", "form_confirm")),
    *(f"portal:{name}" for name in ("correct", "forget", "wrong", "object", "requests", "erase", "unrestrict", "ask_right")),
    *(f"portal:{name}" for name in ("drop_request", "package")),
    *(f"portal:transparency{rest}" for rest in ("", "_data", "_version", "_version_data")),
}
ROOMS_OF_OTHERS = ("account/", "admin/")  # django-allauth, Django's admin
METHODS = ("get", "post", "put", "patch", "delete")


def addresses(resolver=None, before="", space=""):
    """(route, name, view, converters) of every pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield route, f"{space}{entry.name}", entry.callback, entry.pattern.converters


TENANT_ADDRESSES = [address for address in addresses() if address[0].startswith("t/<slug:tenant_slug>/")]
BEHIND = [address for address in TENANT_ADDRESSES if address[1] not in OPEN]
every_address = pytest.mark.parametrize(("route", "name", "view", "converters"), BEHIND, ids=[address[1] for address in BEHIND])


def test_every_address_is_of_a_known_kind():
    others = {name for route, name, *_ in addresses() if not route.startswith(("t/", *ROOMS_OF_OTHERS))}
    assert others == PERSONAL | KEYS | DOORS | CUSTOMERS


def test_every_page_of_customers_goes_through_a_door_of_theirs():
    """Which opens the scope of the tenant and keeps the page private (privacy.md PP9)."""
    views = {name: view for _route, name, view, _kinds in addresses() if name in CUSTOMERS}
    assert [name for name, view in views.items() if not hasattr(view, "portal_door")] == []


@every_address
def test_every_page_of_a_tenant_names_the_permission_it_needs(route, name, view, converters):
    assert isinstance(view.permission, Permission), f"{name} is not decorated with @may"


def path_of(route: str, tenant, public_id: str) -> str:
    path = "/" + route.replace("<slug:tenant_slug>", tenant.slug)
    while "<public:" in path:
        start = path.index("<public:")
        path = path[:start] + public_id + path[path.index(">", start) + 1 :]
    return path


@every_address
def test_a_stranger_finds_nothing_whatever_the_method(cast, mallory, route, name, view, converters):
    with tenancy.scope(cast.acme):
        public_id = public_ids.encode(cast.acme, 1)
    for method in METHODS:
        assert getattr(mallory, method)(path_of(route, cast.acme, public_id)).status_code in (404, 405), (name, method)


@every_address
def test_no_organisation_answers_the_same(cast, mallory, route, name, view, converters):
    real = mallory.get(path_of(route, cast.acme, "0" * 13))
    made_up = mallory.get(path_of(route, type(cast.acme)(slug="nobody"), "0" * 13))
    assert real.status_code in (404, 405)
    assert made_up.status_code in (404, 405)


@every_address
def test_who_is_not_signed_in_is_asked_to(client, cast, route, name, view, converters):
    answer = client.get(path_of(route, cast.acme, "0" * 13))
    assert answer.status_code in (302, 405)
    assert answer.status_code == 405 or answer.url.startswith("/account/login/")


WITH_IDS = [address for address in BEHIND if any(isinstance(kind, PublicIdConverter) for kind in address[3].values())]


@pytest.mark.parametrize(("route", "name", "view", "converters"), WITH_IDS, ids=[address[1] for address in WITH_IDS])
def test_ids_of_another_tenant_find_nothing_and_change_nothing(cast, ana, route, name, view, converters):
    with tenancy.scope(cast.globex):
        theirs = [rows.make(model) for model in inspection.tenant_models()]
        before = {type(row): type(row)._base_manager.count() for row in theirs}
        numbers = {row.pk + 5_000_000 for row in theirs} | {row.pk for row in theirs}
        as_they_write_it = {row.public_id for row in theirs}
    with tenancy.scope(cast.acme):
        own = {row.pk for model in inspection.tenant_models() for row in model._base_manager.all()}
        as_we_would = {public_ids.encode(cast.acme, number) for number in numbers - own}
    for public_id in as_they_write_it | as_we_would:
        for method in ("get", "post"):
            assert getattr(ana, method)(path_of(route, cast.acme, public_id)).status_code in (404, 405), (name, method)
    with tenancy.scope(cast.globex):
        assert {type(row): type(row)._base_manager.count() for row in theirs} == before

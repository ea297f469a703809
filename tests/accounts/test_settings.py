"""The organisation's settings: general and legal identity, and the entry each change leaves."""

import pytest

from accounts import tenancy
from accounts.models import AuditEntry, LegalIdentity, Tenant

ENGLISH = {"accept-language": "en"}
TENANT = {"name": "Acme", "time_zone": "Europe/Amsterdam", "languages": ["nl", "en-gb"]}
IDENTITY = {
    "legal_name": "Acme B.V.",
    "street": "Dam 1",
    "postal_code": "1012 JS",
    "city": "Amsterdam",
    "country": "Netherlands",
    "privacy_email": "privacy@acme.example",
}
PAGES = {"/t/acme/settings/organisation/": TENANT, "/t/acme/settings/identity/": IDENTITY}


def last_entry(tenant, action: str) -> AuditEntry | None:
    with tenancy.scope(tenant):
        return AuditEntry.objects.filter(action=action).newest_first().first()


def test_the_overview_answers_for_a_viewer(ben):
    assert ben.get("/t/acme/settings/").status_code == 200


def test_a_change_is_kept_and_recorded_with_before_and_after(cast, ana):
    answer = ana.post("/t/acme/settings/organisation/", {**TENANT, "name": "Acme Holding", "time_zone": "Asia/Tokyo"})
    assert answer.url == "/t/acme/settings/"
    assert Tenant.objects.get(pk=cast.acme.pk).time_zone == "Asia/Tokyo"
    entry = last_entry(cast.acme, "organisation.changed")
    assert entry.changes == [("name", "Acme", "Acme Holding"), ("time_zone", "Europe/Amsterdam", "Asia/Tokyo")]
    assert entry.actor_id == cast.ana.pk


def test_the_address_and_the_key_of_the_ids_cannot_be_changed(cast, ana):
    before = Tenant.objects.values("slug", "id_key").get(pk=cast.acme.pk)
    ana.post("/t/acme/settings/organisation/", {**TENANT, "slug": "globex2", "id_key": "x"})
    assert Tenant.objects.values("slug", "id_key").get(pk=cast.acme.pk) == before


def test_the_identity_is_kept_and_recorded(cast, ana):
    assert ana.post("/t/acme/settings/identity/", IDENTITY).status_code == 302
    with tenancy.scope(cast.acme):
        assert LegalIdentity.objects.get().legal_name == "Acme B.V."
    assert ("city", "", "Amsterdam") in last_entry(cast.acme, "identity.changed").changes


@pytest.mark.parametrize(("page", "values"), PAGES.items())
def test_what_did_not_change_leaves_no_entry(cast, ana, page, values):
    ana.post(page, values)
    with tenancy.scope(cast.acme):
        before = AuditEntry.objects.count()
    ana.post(page, values)
    with tenancy.scope(cast.acme):
        assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_is_refused(ben, page):
    assert ben.get(page).status_code == 403
    assert ben.post(page, PAGES[page]).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_nothing(mallory, page):
    assert mallory.post(page, PAGES[page]).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_only_by_get_and_post(ana, page):
    assert ana.put(page).status_code == 405


@pytest.mark.parametrize(
    ("page", "wrong", "word"),
    [
        ("organisation", {"time_zone": "Europe/Atlantis"}, "valid choice"),
        ("organisation", {"languages": []}, "required"),
        ("organisation", {"languages": ["xx"]}, "valid choice"),
        ("organisation", {"name": "Acme\nBcc: all@victims.example"}, "one line"),
        ("identity", {"privacy_email": "nobody"}, "not an e-mail address"),
        ("identity", {"legal_name": ""}, "required"),
        ("identity", {"street": "Dam 1\r\nX-Header: 1"}, "one line"),
    ],
)
def test_bad_input_says_why(ana, page, wrong, word):
    path = f"/t/acme/settings/{page}/"
    answer = ana.post(path, {**PAGES[path], **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()

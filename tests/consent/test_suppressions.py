"""Blocked addresses: counted, never listed; looked up, blocked and lifted by colleagues as far as that is theirs (BC3, BC5, DS9)."""

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from accounts.team import join
from consent import gate, suppressions
from consent.models import Reason, Suppression
from consent.rights import erasing
from tests.conftest import make_user, signed_in
from tests.consent import rows
from tests.consent.form_rows import ENGLISH

pytestmark = pytest.mark.django_db
LIST = "/t/acme/blocked-addresses/"
EMAIL = "ada@example.com"


def search(client, address: str = EMAIL):
    return client.post(f"{LIST}search/", {"address": address}, headers=ENGLISH)


def block(client, address: str = EMAIL, **more):
    return client.post(f"{LIST}new/", {"kind": "manual", "address": address, "channel": "all", "note": "", **more}, headers=ENGLISH)


def lift(client, row: Suppression):
    return client.post(f"{LIST}{row.public_id}/lift/", headers=ENGLISH, follow=True)


def reason(who, channel: str = "email") -> Reason:
    return gate.ask([who.pk], rows.Purpose.objects.get(), channel)[who.pk].reason


@pytest.fixture
def ada(in_acme):
    newsletter = rows.purpose(channels=("email", "sms"))
    ada = rows.customer(EMAIL, phone="+31612345678")
    for channel in ("email", "sms"):
        rows.allow(ada, newsletter, channel)
    return ada


def test_the_list_counts_and_names_no_address(ana, ada):
    for number in range(3):
        suppressions.add(f"n{number}@shop.example", "bounce")
    suppressions.add(EMAIL, "complaint")
    text = ana.get(LIST, headers=ENGLISH).content.decode()
    assert "Bounced" in text
    assert "Complained of spam" in text
    assert "shop.example" not in text
    assert EMAIL not in text


def test_looking_up_says_what_stands_and_the_log_does_not_say_for_whom(ana, ada):
    suppressions.add(EMAIL, "bounce")
    text = search(ana, " ADA@Example.com ").content.decode()
    assert "Bounced" in text
    assert "Not blocked" in search(ana, "noor@example.com").content.decode()
    entries = AuditEntry.objects.filter(action="suppression.searched").order_by("pk")
    assert [entry.after for entry in entries] == [{"kind": "email", "found": 1}, {"kind": "email", "found": 0}]
    assert "ada" not in str(entries.values())


def test_a_phone_is_found_however_it_is_written(ana, ada):
    block(ana, "06 12345678", channel="sms")
    assert reason(ada, "sms") == Reason.SUPPRESSED
    assert reason(ada) == Reason.ALLOWED
    assert "Blocked by a colleague" in search(ana, "+31 6 12 34 56 78").content.decode()


@pytest.mark.parametrize("address", ["", "ada@@example.com", "ada", "12", "a\x00@b.nl"])
def test_what_is_no_address_is_told(ana, ada, address):
    assert search(ana, address).status_code == 422
    assert block(ana, address).status_code == 422


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "erased"},
        {"kind": "domain", "address": "example"},
        {"kind": "domain", "address": "ada@example.com"},
        {"kind": "domain", "address": "example.com", "channel": "sms"},
        {"channel": "sms"},
        {"channel": "pigeon"},
        {"note": "two\nlines"},
        {"address": "0612345678", "channel": "email"},
    ],
)
def test_what_cannot_be_blocked_is_told(ana, ada, more):
    assert block(ana, **more).status_code == 422
    assert not Suppression.objects.exists()


def test_blocking_by_hand_stops_and_lifting_lets_go(cast, ana, ada):
    assert block(ana, note="Asked by phone").status_code == 302
    block(ana)  # twice is once
    row = Suppression.objects.get()
    assert (reason(ada), row.by, row.note) == (Reason.SUPPRESSED, cast.ana, "Asked by phone")
    assert "The block is lifted" in lift(ana, row).content.decode()
    assert reason(ada) == Reason.ALLOWED
    kinds = AuditEntry.objects.filter(action__startswith="suppression.").order_by("pk").values_list("action", flat=True)
    assert list(kinds) == ["suppression.added", "suppression.added", "suppression.lifted"]
    assert "ada" not in str(AuditEntry.objects.filter(action__startswith="suppression.").values_list("after", "before", "object_name"))


def test_a_domain_is_blocked_listed_and_lifted(ana, ada):
    block(ana, "@Example.com", kind="domain")
    assert reason(ada) == Reason.SUPPRESSED
    assert "example.com" in ana.get(LIST).content.decode()
    assert "Whole domain" in search(ana).content.decode()
    lift(ana, Suppression.objects.get())
    assert reason(ada) == Reason.ALLOWED
    assert AuditEntry.objects.get(action="suppression.lifted").before["domain"] == "example.com"


@pytest.mark.parametrize(("kind", "word"), [("complaint", "marked a mail as spam"), ("erased", "asked to be erased")])
def test_what_is_the_customers_own_word_is_not_lifted_by_a_colleague(ana, ada, kind, word):
    """BC3, DS9"""
    if kind == "erased":
        erasing.erase([ada.pk], actor=SYSTEM)
    else:
        suppressions.add(EMAIL, kind)
    assert word in search(ana).content.decode()
    row = suppressions.find(EMAIL)[0]
    assert word in lift(ana, row).content.decode()
    assert Suppression.objects.standing().filter(pk=row.pk).exists()


def test_a_block_that_was_lifted_is_gone(ana, ada):
    block(ana)
    row = Suppression.objects.get()
    lift(ana, row)
    assert lift(ana, row).status_code == 404


@pytest.fixture
def theirs(cast) -> Suppression:
    with tenancy.scope(cast.globex):
        suppressions.add(EMAIL, "bounce")
        return Suppression.objects.get()


def test_another_tenant_learns_nothing(cast, theirs, ana, mallory, ada):
    """BC5: not by looking up, counting, blocking, lifting, or by the code itself."""
    assert "Not blocked" in search(ana).content.decode()
    assert "No address is blocked" in ana.get(LIST, headers=ENGLISH).content.decode()
    assert block(ana).status_code == 302
    assert bytes(Suppression.objects.get().digest) != bytes(theirs.digest)
    assert ana.post(f"{LIST}{theirs.public_id}/lift/").status_code == 404
    for path in (LIST, f"{LIST}new/"):
        assert mallory.get(path).status_code == 404


def test_a_viewer_looks_and_changes_nothing(ben, ada):
    suppressions.add(EMAIL, "bounce")
    assert [ben.get(LIST).status_code, search(ben).status_code] == [200, 200]
    assert "A colleague who manages consent can" in search(ben).content.decode()
    assert [ben.get(f"{LIST}new/").status_code, block(ben).status_code, lift(ben, Suppression.objects.get()).status_code] == [403, 403, 403]


def test_who_sees_no_customers_looks_nobody_up(in_acme, ada):
    olaf = make_user("Olaf", "olaf@acme.example")
    join(olaf, roles=["analyst"], actor=SYSTEM)
    client = signed_in(olaf)
    assert [client.get(LIST).status_code, search(client).status_code] == [200, 403]
    assert "Look it up" not in client.get(LIST, headers=ENGLISH).content.decode()


def test_other_methods(ana, ada):
    row = rows.Purpose.objects.get()
    assert [ana.post(LIST).status_code, ana.get(f"{LIST}search/").status_code] == [405, 405]
    assert ana.get(f"{LIST}{row.public_id}/lift/").status_code == 405

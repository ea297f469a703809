"""Nothing of an erased customer is left, nobody comes back, and the log still proves itself (DS8, DS9, RT3, RT5)."""

import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from consent import gate, suppressions
from consent.ledger import reading, tree, verifying
from consent.models import Erasure, Purpose, Reason, RetentionRule, RightsRequest, Subject, Suppression
from consent.rights import erasing, journal
from customers import intake
from customers.identity import claims
from customers.intake import Happening, Item, Outcome
from customers.models import BadRow, Customer, ErasedIdentifier, Import, QuarantinedItem
from tests import databases
from tests.consent import rows

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
CANARY = "zeldzaam"  # in every field of hers
EMAIL = f"{CANARY}@canary.example"


def told(source=None, *, number: str = "7788991") -> int:
    """What a shop says of her; answers who it is."""
    now, source = timezone.now(), source or rows.source()
    known = (claims.email(EMAIL), claims.external(number, source))
    order = Happening("Order Completed", uuid4(), now, {"note": CANARY}, 1200, "EUR")
    said = [Item(known, now, {"email": EMAIL, "first_name": CANARY}, {"hobby": CANARY}), Item(known, now, happening=order)]
    return intake.take(said, source, received_at=now)[0].customer_id


def fill(tenant) -> int:
    """A customer of whom something stands everywhere."""
    newsletter = rows.purpose()
    customer_id = told()
    ada = Customer.objects.get(pk=customer_id)
    rows.allow(ada, newsletter, text=CANARY, page_url=f"https://{CANARY}.example")
    gate.decide([ada.pk], newsletter, "email", asked_by="test")
    now, item = timezone.now(), json.dumps({"email": EMAIL.upper()})
    QuarantinedItem.objects.create(source=rows.source(), item=item, digest="0" * 32, reason="x", received_at=now)
    run = Import.objects.create(source=rows.source(), kind="customers", name="x.csv", path="", status=Import.Status.DONE)
    BadRow.objects.create(of=run, row=1, column="E-mail", value=EMAIL, reason="x")
    asked = {"kind": "rectify", "intake": "portal", "detail": {"text": CANARY}, "received_at": now, "due_on": now.date()}
    RightsRequest.objects.create(number="2026-001", customer_id=ada.pk, **asked)
    return ada.pk


def dump() -> str:
    """Every row of every table as the owner reads them, bytes in hex."""
    lines = []
    with databases.owner_connection(settings.DATABASES["default"]["NAME"]) as owner:
        tenants = [row[0] for row in owner.execute("SELECT id FROM accounts_tenant").fetchall()]
        tables = [row[0] for row in owner.execute(TABLES).fetchall()]
        for tenant_id in tenants:
            owner.execute(f"SET app.tenant = '{tenant_id}'")
            for table in tables:
                lines += [str(row) for row in owner.execute(f'SELECT t::text FROM "{table}" t').fetchall()]
    return "\n".join(lines).lower()


def hidden_in(text: str) -> bool:
    return CANARY in text or CANARY.encode().hex() in text


@pytest.fixture
def stage(committed):
    from tests.conftest import make_cast

    cast = make_cast()
    with tenancy.scope(cast.acme):
        cast.ada = fill(cast.acme)
    return cast


@pytest.mark.parametrize("proof_days", [0, 1825])
def test_nothing_of_her_is_in_a_dump_or_in_files_ds8(stage, proof_days):
    assert hidden_in(dump())
    with tenancy.scope(stage.acme):
        RetentionRule.objects.create(about=RetentionRule.About.EVIDENCE, days=proof_days)
        (certificate,) = erasing.erase([stage.ada], actor=SYSTEM)
    text = dump()
    assert not hidden_in(text)
    files = [file.read_bytes() for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()]
    assert files
    assert not any(CANARY.encode() in each for each in files)
    assert certificate.rows["who it is"] == 1
    assert certificate.rows["what each source said"] >= 1
    assert bool(certificate.proof_until) == bool(proof_days)


def test_the_log_still_proves_itself_cr10(stage):
    with tenancy.scope(stage.acme):
        others = [rows.customer(f"n{n}@example.com") for n in range(20)]
        newsletter = Purpose.objects.get()
        for each in others:
            rows.allow(each, newsletter)
        erasing.erase([stage.ada, *(each.pk for each in others[:10])], actor=SYSTEM)
    tree.sequence_all(stage.acme)
    with tenancy.scope(stage.acme):
        assert list(verifying.verify().findings) == []
        assert Subject.objects.exclude(customer_id=None).count() == 10


def test_she_does_not_come_back_by_a_source_or_a_file_ds9(in_acme):
    erasing.erase([fill(in_acme)], actor=SYSTEM)
    now, before = timezone.now(), Customer.objects.count()
    item = Item((claims.email(EMAIL),), now, {"email": EMAIL})
    assert intake.take([item], rows.source(), received_at=now)[0].outcome == Outcome.ERASED
    assert Customer.objects.count() == before
    other = Item((claims.email("ben@example.com"),), now, {"email": "ben@example.com"})
    taken = intake.take([item, other, item], rows.source(), received_at=now)
    assert [each.outcome for each in taken] == [Outcome.ERASED, Outcome.NEW, Outcome.ERASED]


def test_even_a_customer_with_her_address_is_not_written_to_ds9(in_acme):
    erasing.erase([fill(in_acme)], actor=SYSTEM)
    again = rows.customer(EMAIL)
    rows.allow(again, Purpose.objects.get())
    answer = gate.decide([again.pk], Purpose.objects.get(), "email", asked_by="test")[again.pk]
    assert answer.reason == Reason.ERASED


def test_proof_is_kept_for_its_term_and_destroyed_after_rt3(in_acme):
    ada = fill(in_acme)
    subject = Subject.objects.get(customer_id=ada)
    erasing.erase([ada], actor=SYSTEM)
    assert reading.of_subjects([subject.pk])[0].fields["text"] == CANARY
    assert erasing.shred_due(at=timezone.now() + timedelta(days=1824)) == 0
    assert erasing.shred_due(at=timezone.now() + timedelta(days=1826)) == 1
    assert reading.of_subjects([subject.pk])[0].fields == {}
    assert erasing.shred_due(at=timezone.now() + timedelta(days=1826)) == 0


def test_a_request_stays_without_what_and_who(in_acme):
    erasing.erase([fill(in_acme)], actor=SYSTEM)
    kept = RightsRequest.objects.get()
    assert (kept.customer_id, kept.detail, kept.number) == (None, {}, "2026-001")


def test_erasing_twice_is_once(in_acme):
    ada = fill(in_acme)
    assert len(erasing.erase([ada], actor=SYSTEM)) == 1
    assert erasing.erase([ada], actor=SYSTEM) == []
    assert Erasure.objects.count() == 1


def test_the_audit_log_never_knew_her_name_ba1(cast, ana, in_acme):
    ada = Customer.objects.get(pk=fill(in_acme))
    ana.get(ada.get_absolute_url())
    entry = AuditEntry.objects.filter(action=AuditEntry.Action.CUSTOMER_VIEWED).get()
    assert entry.object_name == f"Customer {ada.public_id}"


def test_after_a_restore_the_journal_erases_again_rt5(cast):
    with tenancy.scope(cast.acme):
        ada = Customer.objects.get(pk=fill(cast.acme))
        made_at = ada.created_at
        erasing.erase([ada.pk], actor=SYSTEM)
        # The backup brings her back, and another who has the number of somebody erased later.
        Customer.objects.create(pk=ada.pk, email=EMAIL, attributes={}, created_at=made_at, changed_at=made_at)
        ErasedIdentifier.objects.all().delete()
        Suppression.objects.all().delete()
    with (journal_file(cast.acme)).open("a") as file:
        file.write('{"at": "cut off')
    said = StringIO()
    call_command("replay_erasures", stdout=said)
    call_command("replay_erasures", stdout=said)
    assert said.getvalue().count("acme: 1 erased again") == 1
    with tenancy.scope(cast.acme):
        assert not Customer.objects.filter(email=EMAIL).exists()
        assert ErasedIdentifier.objects.exists()
        assert Suppression.objects.filter(kind="erased").exists()


def journal_file(tenant):
    with tenancy.scope(tenant):
        return journal.path()


def test_a_number_that_is_somebody_elses_now_is_left_alone_rt5(cast):
    with tenancy.scope(cast.acme):
        ada = Customer.objects.get(pk=fill(cast.acme))
        erasing.erase([ada.pk], actor=SYSTEM)
        Customer.objects.create(pk=ada.pk, email="new@example.com", attributes={}, created_at=timezone.now(), changed_at=timezone.now())
        assert erasing.replay() == 0
        assert Customer.objects.filter(email="new@example.com").exists()


def test_who_came_back_by_themselves_stays_when_the_journal_is_replayed_ds9_rt5(in_acme):
    ada = Customer.objects.get(pk=fill(in_acme))
    made_at = ada.created_at
    erasing.erase([ada.pk], actor=SYSTEM)
    erasing.let_back(claims.email(EMAIL))
    now, free = timezone.now(), Item((claims.email(EMAIL),), timezone.now(), {"email": EMAIL})
    assert intake.take([free], rows.source(), received_at=now)[0].outcome == Outcome.NEW
    Customer.objects.create(pk=ada.pk, email="old@example.com", attributes={}, created_at=made_at, changed_at=made_at)  # by a backup
    assert erasing.replay() == 1
    assert erasing.replay() == 0
    assert not Customer.objects.filter(pk=ada.pk).exists()
    assert Customer.objects.filter(email=EMAIL).exists()
    assert intake.take([free], rows.source(), received_at=now)[0].outcome != Outcome.ERASED
    assert not Suppression.objects.standing().filter(kind="erased", digest=suppressions.digest(EMAIL)).exists()

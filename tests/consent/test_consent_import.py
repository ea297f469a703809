"""The page where a colleague hands in consents with their proof (CR5, CC7)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import tenancy
from consent import gate
from consent.forms import importing as forms
from consent.models import ConsentState, Reason
from customers.models import Customer
from tests.consent import rows
from tests.consent.form_rows import ENGLISH

pytestmark = pytest.mark.django_db
PAGE = "/t/acme/forms/import/"


@pytest.fixture
def ready(cast) -> None:
    with tenancy.scope(cast.acme):
        rows.purpose()
        rows.source()


def hand_in(client, text: str = "", *, evidence: bytes = b"proof", **more):
    text = text or f"email,given_at\nada@example.com,{timezone.now().isoformat()}\nada@@example.com,2024-01-01\n"
    said = {"file": SimpleUploadedFile("old.csv", text.encode()), "offer": "newsletter.email", "source": "shop", **more}
    proof = {"evidence": SimpleUploadedFile("proof.pdf", evidence)} if evidence else {}
    return client.post(PAGE, {"email": "email", "given_at": "given_at", "state": "", "text": "", **said, **proof}, headers=ENGLISH)


def test_a_small_file_is_taken_in_at_once(cast, ana, ready):
    answer = hand_in(ana)
    assert answer.status_code == 200
    assert "Is the @ missing?" in answer.content.decode()
    outcome = answer.context["outcome"]
    assert (outcome.rows, outcome.recorded, outcome.unknown, outcome.refused) == (2, 1, 0, 1)
    with tenancy.scope(cast.acme):
        ada = Customer.objects.get()
        assert gate.ask([ada.pk], rows.Purpose.objects.get(), "email")[ada.pk].reason == Reason.ALLOWED


def test_without_evidence_nothing_may_be_sent(cast, ana, ready):
    """CR5"""
    answer = hand_in(ana, evidence=b"")
    assert "kept as unknown" in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert ConsentState.objects.get().state == "unknown"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"email": "Mail"}, "There is no column"),
        ({"offer": "never.email"}, "Select a valid choice"),
        ({"source": "nobody"}, "Select a valid choice"),
        ({"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04 spreadsheet")}, "not a CSV file"),
        ({"file": ""}, "required"),
        ({"text": 'email,given_at\n"open'}, "does not close"),
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_is_kept(cast, ana, ready, more, word):
    answer = hand_in(ana, more.pop("text", "") if "does not close" in word else "", **more)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert not Customer.objects.exists()


def test_a_larger_file_goes_by_the_command(ana, ready):
    text = "email,given_at\n" + "x" * forms.LARGEST_FILE
    answer = hand_in(ana, text)
    assert answer.status_code == 422
    assert "Use the command import_consents" in answer.content.decode()


def test_who_may(ben, mallory, ready):
    assert [ben.get(PAGE).status_code, hand_in(ben).status_code] == [403, 403]
    assert mallory.get(PAGE).status_code == 404


def test_other_methods(ana, ready):
    assert ana.put(PAGE).status_code == 405

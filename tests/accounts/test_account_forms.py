"""What the forms of an account say: in our tone, and in Dutch with "u"."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import formats, translation
from django.utils.dateparse import parse_datetime

from tests.conftest import PASSWORD, signed_in

DUTCH = {"accept-language": "nl"}
NOT_AN_ADDRESS = "Dit is geen e-mailadres. Ontbreekt de @?"


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/account/login/", {"login": "ana", "password": "x"}),
        ("/account/signup/", {"name": "Ana", "email": "ana", "password1": PASSWORD}),
        ("/account/password/reset/", {"email": "ana"}),
    ],
)
def test_what_is_no_address_is_refused_in_our_words(client, db, path, values):
    assert NOT_AN_ADDRESS in client.post(path, values, headers=DUTCH).content.decode()


def test_a_short_password_is_refused_in_dutch(client, db):
    page = client.post("/account/signup/", {"name": "Ana", "email": "ana@new.example", "password1": "kort"}, headers=DUTCH).content.decode()
    assert "Dit wachtwoord is te kort: gebruik minstens 12 tekens." in page
    assert "This password" not in page


def test_passwords_that_differ_are_refused_in_our_words(ana):
    values = {"oldpassword": PASSWORD, "password1": "een-heel-nieuw-woord", "password2": "een-ander-nieuw-woord"}
    page = ana.post("/account/password/change/", values, headers=DUTCH).content.decode()
    assert "Dit is niet hetzelfde als het wachtwoord hierboven. Vul ze allebei opnieuw in." in page
    assert "Je moet" not in page


def test_the_list_of_errors_names_the_fields_as_they_are_labelled(ana):
    page = ana.post("/account/password/change/", {}, headers=DUTCH).content.decode()
    for label in ("Huidig wachtwoord", "Nieuw wachtwoord", "Nieuw wachtwoord, nog een keer"):
        assert f">{label}</a>" in page
        assert f">{label}</label>" in page


def test_no_page_says_je(cast, ana):
    TOTP.activate(cast.ana, generate_totp_secret())
    RecoveryCodes.activate(cast.ana)
    ana = signed_in(cast.ana)
    for path in ("/account/2fa/webauthn/add/", "/account/reauthenticate/", "/account/2fa/reauthenticate/", "/account/email/"):
        page = ana.get(path, headers=DUTCH)
        assert page.status_code == 200
        assert not re.search(r"\b[Jj](e|ouw)\b", page.content.decode()), path


def test_who_has_a_second_factor_reads_why_no_address_can_be_added(cast, ana):
    assert "action_add" in ana.get("/account/email/").content.decode()
    TOTP.activate(cast.ana, generate_totp_secret())
    page = ana.get("/account/email/", headers={"accept-language": "en"}).content.decode()
    assert "action_add" not in page
    assert "you cannot add an address" in page


@pytest.mark.parametrize(
    ("month", "shown"), [*enumerate(["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"], start=1)]
)
def test_dutch_months_are_short_and_small(month, shown):
    moment = parse_datetime(f"2026-{month:02}-05T09:03")
    with translation.override("nl"):
        assert formats.date_format(moment, "DATETIME_FORMAT") == f"5 {shown} 2026 09:03"
        assert formats.date_format(moment, "SHORT_DATE_FORMAT") == f"5 {shown} 2026"

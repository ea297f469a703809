"""A second factor: setting it up, signing in with it, and an organisation that asks everyone for one."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from accounts import tenancy
from accounts.models import AuditEntry, Tenant
from tests.accounts import post
from tests.conftest import PASSWORD, make_cast, signed_in

ENGLISH = {"accept-language": "en"}


def code_of(secret: str) -> str:
    """What the app on the telephone shows now (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def secret(cast) -> str:
    """Ana has an app and recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(cast.ana, secret)
    RecoveryCodes.activate(cast.ana)
    return secret


@pytest.fixture
def half_way(client, secret) -> Client:
    """Ana has given her password, and not yet her code."""
    client.post("/account/login/", {"login": "ana@acme.example", "password": PASSWORD})
    return client


@pytest.fixture
def strict(cast) -> Tenant:
    """Acme asks everyone for a second factor."""
    Tenant.objects.filter(pk=cast.acme.pk).update(requires_second_factor=True)
    return cast.acme


def test_an_app_is_set_up_with_the_code_it_shows(committed):
    cast = make_cast()
    ana = signed_in(cast.ana)
    page = ana.get("/account/2fa/totp/activate/")
    answer = ana.post("/account/2fa/totp/activate/", {"code": code_of(page.context["form"].secret)})
    assert answer.url == "/account/2fa/recovery-codes/"
    assert cast.ana.has_second_factor()
    assert post.last()["To"] == "ana@acme.example"


def test_the_picture_for_the_app_is_an_image_of_our_own(ana):
    assert ana.get("/second-factor/code.svg").status_code == 404
    ana.get("/account/2fa/totp/activate/")
    picture = ana.get("/second-factor/code.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]


def test_a_wrong_code_sets_nothing_up(cast, ana):
    ana.get("/account/2fa/totp/activate/")
    answer = ana.post("/account/2fa/totp/activate/", {"code": "000000"}, headers=ENGLISH)
    assert "not right" in answer.content.decode()
    assert not cast.ana.has_second_factor()


def test_setting_up_asks_for_the_password_again(cast):
    client = Client()
    client.force_login(cast.ana)
    assert client.get("/account/2fa/totp/activate/").url.startswith("/account/reauthenticate/")


def test_the_password_alone_no_longer_opens(half_way):
    assert half_way.get("/t/acme/").url.startswith("/account/login/")


def test_the_code_of_the_app_opens(half_way, secret):
    assert half_way.post("/account/2fa/authenticate/", {"code": code_of(secret)}).url == "/"
    assert half_way.get("/t/acme/").status_code == 200


def test_a_wrong_code_does_not_open(half_way):
    answer = half_way.post("/account/2fa/authenticate/", {"code": "000000"}, headers=ENGLISH)
    assert "not right" in answer.content.decode()
    assert half_way.get("/t/acme/").status_code == 302


def test_guessing_codes_ends_soon(half_way, secret):
    for _ in range(10):
        half_way.post("/account/2fa/authenticate/", {"code": "000000"})
    half_way.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert half_way.get("/t/acme/").status_code == 302


def test_a_code_that_was_used_does_not_open_again(half_way, secret):
    code = code_of(secret)
    half_way.post("/account/2fa/authenticate/", {"code": code})
    thief = Client()
    thief.post("/account/login/", {"login": "ana@acme.example", "password": PASSWORD})
    thief.post("/account/2fa/authenticate/", {"code": code})
    assert thief.get("/t/acme/").status_code == 302


def test_a_recovery_code_opens_once(half_way, cast):
    code = RecoveryCodes(Authenticator.objects.get(user=cast.ana, type="recovery_codes")).get_unused_codes()[0]
    assert half_way.post("/account/2fa/authenticate/", {"code": code}).url == "/"
    again = Client()
    again.post("/account/login/", {"login": "ana@acme.example", "password": PASSWORD})
    again.post("/account/2fa/authenticate/", {"code": code})
    assert again.get("/t/acme/").status_code == 302


def test_recovery_codes_are_shown_and_can_be_made_anew(cast, secret):
    ana = signed_in(cast.ana)
    before = ana.get("/account/2fa/recovery-codes/").context["unused_codes"]
    ana.post("/account/2fa/recovery-codes/generate/")
    after = ana.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(before) == len(after) == 10
    assert not set(before) & set(after)


@pytest.mark.parametrize("path", ["/account/2fa/", "/account/2fa/webauthn/", "/account/2fa/webauthn/add/"])
def test_the_pages_for_passkeys_answer(ana, path):
    assert ana.get(path).status_code == 200


def test_signing_in_with_a_passkey_begins_with_a_challenge(client, db):
    options = client.get("/account/2fa/webauthn/login/", headers={"x-requested-with": "XMLHttpRequest"}).json()["request_options"][
        "publicKey"
    ]
    assert len(options["challenge"]) >= 22
    assert options["userVerification"] == "required"


def test_a_made_up_passkey_does_not_open(client, cast):
    client.get("/account/2fa/webauthn/login/", headers={"x-requested-with": "XMLHttpRequest"})
    assert client.post("/account/2fa/webauthn/login/", {"credential": "made up"}).url == "/account/login/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["", "team/", "keys/", "audit/", "settings/", "settings/organisation/", "audit/export/"])
def test_an_organisation_that_asks_for_it_is_closed_until_then(strict, ana, path):
    answer = ana.get(f"/t/acme/{path}")
    assert (answer.status_code, answer.url) == (302, "/second-factor/")


def test_nothing_can_be_written_there_either(cast, strict, ana):
    ana.post("/t/acme/settings/organisation/", {"name": "Changed", "time_zone": "UTC", "languages": ["nl"]})
    assert Tenant.objects.get(pk=cast.acme.pk).name == "Acme"


def test_the_page_says_what_to_do(strict, ana):
    answer = ana.get("/t/acme/", follow=True)
    assert answer.status_code == 200
    assert "/account/2fa/totp/activate/" in answer.content.decode()


def test_recovery_codes_alone_are_no_second_factor(cast, strict, ana):
    RecoveryCodes.activate(cast.ana)
    assert ana.get("/t/acme/").status_code == 302


def test_it_opens_once_this_session_has_used_one(cast, strict, ana, secret):
    """Having one is not enough: a session that was stolen before stays shut."""
    asked = ana.get("/t/acme/team/")
    assert asked.url == "/account/2fa/reauthenticate/?next=/t/acme/team/"
    assert ana.post(asked.url, {"code": code_of(secret)}).url == "/t/acme/team/"
    assert ana.get("/t/acme/team/").status_code == 200


def test_who_signed_in_with_it_is_not_asked_again(half_way, strict, secret):
    half_way.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert half_way.get("/t/acme/").status_code == 200


def test_a_new_second_factor_stands_in_the_log(cast, secret):
    ana = signed_in(cast.ana)
    ana.post("/account/2fa/totp/deactivate/")
    with tenancy.scope(cast.acme):
        entry = AuditEntry.objects.get(action="user.security_changed")
    assert (entry.actor_name, entry.after) == ("Ana Bakker", {"what": "totp_deactivated"})


@pytest.mark.parametrize("credential", ["{}", '{"id": "x"}', '{"id": "x", "response": 7}', "[]", '"x"', "null"])
@pytest.mark.parametrize("page", ["/account/2fa/webauthn/login/", "/account/2fa/webauthn/add/"])
def test_json_that_is_no_credential_is_refused(ana, client, page, credential):
    browser = client if "login" in page else ana
    browser.get(page, headers={"accept": "application/json"})
    assert browser.post(page, {"credential": credential, "name": "x"}).status_code in (200, 302, 400, 422)


def test_other_organisations_stay_open(cast, strict, mallory):
    assert mallory.get("/t/globex/").status_code == 200


def test_a_stranger_learns_nothing_of_the_demand(strict, mallory):
    assert mallory.get("/t/acme/").status_code == 404

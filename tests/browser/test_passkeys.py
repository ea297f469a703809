"""Passkeys in a real browser with an authenticator of its own: add one, sign in with it, nothing else asked."""

import pytest

from tests.conftest import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def tab(site, browser):
    """A window at localhost: a passkey belongs to a name, not to an IP address."""
    context = browser.new_context(base_url=site.url.replace("127.0.0.1", "localhost"), locale="en-GB")
    tab = context.new_page()
    device = context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield tab
    context.close()


def sign_in(tab) -> None:
    tab.goto("/account/login/")
    tab.fill("input[name=login]", "ana@acme.example")
    tab.fill("input[name=password]", PASSWORD)
    tab.locator("main form button[type=submit]").first.click()
    tab.wait_for_url("**/t/acme/")


def add_passkey(tab) -> None:
    tab.goto("/account/2fa/webauthn/add/")
    tab.fill("input[name=password]", PASSWORD)
    tab.locator("main form button[type=submit]").first.click()
    tab.fill("input[name=name]", "My laptop")
    tab.check("input[name=passwordless]")
    tab.click("#mfa_webauthn_add")
    tab.wait_for_url("**/account/2fa/recovery-codes/")


def test_a_passkey_is_added_and_opens_without_a_password(tab):
    sign_in(tab)
    add_passkey(tab)
    tab.context.clear_cookies()
    tab.goto("/account/login/")
    tab.locator("[data-passkey]").first.click()
    tab.wait_for_url("**/t/acme/")
    assert "Ana Bakker" in tab.locator("header").first.inner_text()


def test_at_an_ip_address_the_page_says_where_to_go(site, visit):
    tab = visit().new_page()
    tab.goto("/account/login/")
    tab.locator("[data-passkey]").first.click()
    told = tab.locator("[data-passkey-status]", has_text="name")
    told.wait_for()
    assert "localhost" in told.inner_text()

"""What the vault seals: not readable in the database, readable after SECRET_KEY has changed."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import InvalidToken

from accounts import vault


def test_what_is_sealed_comes_back():
    assert vault.unseal(vault.seal("geheim", use="a test"), use="a test") == "geheim"


def test_a_seal_for_one_use_opens_nothing_else():
    with pytest.raises(InvalidToken):
        vault.unseal(vault.seal("geheim", use="one"), use="another")


def test_a_new_secret_key_still_opens_what_the_old_one_sealed(settings):
    sealed = vault.seal("geheim", use="a test")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 50, [settings.SECRET_KEY]
    assert vault.unseal(sealed, use="a test") == "geheim"


def test_the_secret_of_an_app_is_not_in_the_database(cast):
    secret = generate_totp_secret()
    TOTP.activate(cast.ana, secret)
    assert secret not in str(Authenticator.objects.get().data)

"""django-allauth's passkey forms; a credential that is JSON but none of a browser is refused, not a fault of ours."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError

ODD = (KeyError, TypeError, ValueError, AttributeError)  # what the library raises on JSON of another shape


class AddForm(forms.AddWebAuthnForm):
    def clean(self) -> dict[str, Any]:
        return _refused_if_odd(super().clean)


class SignInForm(forms.LoginWebAuthnForm):
    def clean_credential(self) -> Any:
        return _refused_if_odd(super().clean_credential)


class AgainForm(forms.ReauthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        return _refused_if_odd(super().clean_credential)


def _refused_if_odd(clean: Any) -> Any:
    try:
        return clean()
    except ValidationError:
        raise
    except ODD:
        raise get_adapter().validation_error("incorrect_code") from None

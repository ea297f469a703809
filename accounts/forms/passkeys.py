"""django-allauth's passkey forms; a credential that is JSON but none of a browser is refused, not a fault of ours."""

from typing import Any, ClassVar

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.account import OurWords

ODD = (KeyError, TypeError, ValueError, AttributeError)  # what the library raises on JSON of another shape


class AddForm(OurWords, forms.AddWebAuthnForm):
    labels: ClassVar = {"name": _("Name, so that you know it again"), "passwordless": _("Sign in with this alone, without my password")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["passwordless"].help_text = _("Your device then asks for your finger, face or code each time.")

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

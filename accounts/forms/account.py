"""django-allauth's forms of an account, with our labels and in our tone. The rules stay those of django-allauth."""

from typing import Any, ClassVar

from allauth.account import forms as theirs
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.lines import EmailField


class OurWords:
    """Before a form of theirs: `labels` by name of the field, and what we say of something that is no address."""

    labels: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            if isinstance(field, forms.EmailField):
                field.error_messages.update(EmailField.default_error_messages)


class Twice(OurWords):
    """A password that is written twice, so that a slip of the finger shuts nobody out."""

    def clean(self) -> dict[str, Any]:
        answers = super(theirs.PasswordVerificationMixin, self).clean()
        first, second = answers.get("password1"), answers.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("This is not the same as the password above. Write both once more."))
        return answers


class LoginForm(OurWords, theirs.LoginForm):
    labels: ClassVar = {"login": _("E-mail"), "password": _("Password")}


class SignupForm(OurWords, theirs.SignupForm):
    labels: ClassVar = {"email": _("E-mail"), "password1": _("Password")}


class AddEmailForm(OurWords, theirs.AddEmailForm):
    labels: ClassVar = {"email": _("New address")}


class ResetPasswordForm(OurWords, theirs.ResetPasswordForm):
    labels: ClassVar = {"email": _("E-mail")}


class ResetPasswordKeyForm(Twice, theirs.ResetPasswordKeyForm):
    labels: ClassVar = {"password1": _("New password"), "password2": _("New password, once more")}


class ChangePasswordForm(Twice, theirs.ChangePasswordForm):
    labels: ClassVar = {"oldpassword": _("Password now"), **ResetPasswordKeyForm.labels}


class SetPasswordForm(Twice, theirs.SetPasswordForm):
    labels: ClassVar = ResetPasswordKeyForm.labels

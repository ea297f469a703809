"""What django-allauth's sign-up form asks beside address and password."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms.lines import LineField
from accounts.models import User


class SignupForm(forms.Form):
    name = LineField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """The adapter has stored the name already."""

"""A key for a partner: what it may do, for which purposes, for how long."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.forms.lines import LineField
from accounts.models import ApiKey, Membership
from accounts.permissions import FOR_KEYS

LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("1 year"))]


class LifetimeForm(forms.Form):
    days = forms.TypedChoiceField(label=_("Works for"), choices=LIFETIMES, coerce=int, initial=90)

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class ApiKeyForm(LifetimeForm):
    """Nobody gives a key what he may not do himself."""

    name = LineField(label=_("Name"), max_length=100, help_text=_("Who uses it, and for what: “Web shop, orders”."))
    scopes = forms.MultipleChoiceField(
        label=_("This key may"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing this key may do.")},
    )
    purposes = forms.CharField(
        label=_("For the purposes"),
        required=False,
        max_length=500,
        help_text=_("Codes of purposes, separated by commas, such as newsletter, service. Without one the key sees no personal data."),
    )
    field_order = ["name", "scopes", "purposes", "days"]

    def __init__(self, *args: Any, by: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].choices = [(p.value, p.label) for p in FOR_KEYS if by.may(p)]

    def clean_purposes(self) -> list[str]:
        codes = [code.strip() for code in self.cleaned_data["purposes"].split(",") if code.strip()]
        wrong = [code for code in codes if slugify(code) != code or len(code) > 50]
        if wrong:
            raise forms.ValidationError(_("“%(code)s” is not a code: use small letters, digits and hyphens."), params={"code": wrong[0]})
        return sorted(set(codes))

    def key(self) -> ApiKey:
        """The key that was asked for, not yet saved."""
        values = {name: self.cleaned_data[name] for name in ("name", "scopes", "purposes")}
        return ApiKey(**values, expires_at=timezone.now() + self.lifetime)

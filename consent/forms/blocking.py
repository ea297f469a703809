"""An address that a colleague looks up, or blocks by hand, in; the same, checked, out."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.lines import LineField
from consent import blocking, suppressions
from consent.models import Channel
from consent.suppressions import Kind


class AddressForm(forms.Form):
    address = LineField(
        label=gettext_lazy("E-mail address or phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )

    def clean_address(self) -> str:
        said = self.cleaned_data["address"]
        try:
            return suppressions.normal(said, blocking.channel_of(said))
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None


class BlockForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[(Kind.MANUAL, gettext_lazy("One address")), (Kind.DOMAIN, gettext_lazy("A whole domain, such as shop.example"))],
        widget=forms.RadioSelect,
        initial=Kind.MANUAL,
    )
    address = LineField(
        label=gettext_lazy("Address, phone number or domain"), max_length=253, widget=forms.TextInput({"autocomplete": "off"})
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=[(each, each.label) for each in (Channel.ALL, Channel.EMAIL, Channel.SMS, Channel.PHONE)],
        initial=Channel.ALL,
    )
    note = LineField(
        label=gettext_lazy("Why"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For colleagues. Do not write the address or a name here."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("address") and said.get("kind"):
            self._check(said["kind"], said["address"], said.get("channel", ""))
        return said

    def _check(self, kind: str, address: str, channel: str) -> None:
        try:
            suppressions.normal(f"x@{address.lstrip('@')}" if kind == Kind.DOMAIN else address, self._by(kind, address))
        except ValueError as problem:
            self.add_error("address", _("This is not a domain, such as shop.example.") if kind == Kind.DOMAIN else str(problem))
            return
        if channel and channel not in blocking.channels_of(f"@{address}" if kind == Kind.DOMAIN else address):
            self.add_error("channel", _("Nothing is sent to this address by that channel."))

    def _by(self, kind: str, address: str) -> str:
        return Channel.EMAIL if kind == Kind.DOMAIN else blocking.channel_of(address)

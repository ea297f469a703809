"""What customers ask about their data, and what a colleague answers: a post in, checked words out."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import tenancy
from consent.models import RightsRequest
from consent.rights import clock, correcting
from consent.rights.requests import Asked
from customers.models import Attribute
from customers.templatetags.portrait import label

LONGEST = 2_000
Type = Attribute.Type
NUMBERS = (Type.WHOLE, Type.DECIMAL, Type.MONEY)
AS_IT_IS = (Type.TEXT, Type.DATE, Type.WHOLE, Type.DECIMAL, Type.CHOICE, Type.CHOICES)  # stored in the form in which it is typed


def _today() -> date:
    return timezone.localdate(timezone=tenancy.current().zone)


class CorrectForm(forms.Form):
    """One value, in a control that fits its type. `cleaned_data["value"]`: the canonical form."""

    def __init__(self, attribute: Attribute, now: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.attribute = attribute
        self.fields["value"] = _control(attribute)
        if attribute.type == Type.YES_NO and now is not None:
            self.initial["value"] = "true" if now else "false"
        elif attribute.type in AS_IT_IS:
            self.initial["value"] = now

    def clean_value(self) -> Any:
        try:
            return correcting.parse(self.cleaned_data["value"], self.attribute)
        except ValueError as no:
            raise forms.ValidationError(str(no)) from None


def _control(attribute: Attribute) -> forms.Field:
    name = label(attribute)
    options = [(option, option) for option in attribute.options]
    if attribute.type == Type.YES_NO:
        return forms.ChoiceField(label=name, choices=[("true", _("Yes")), ("false", _("No"))])
    if attribute.type == Type.CHOICE:
        return forms.ChoiceField(label=name, choices=options)
    if attribute.type == Type.CHOICES:
        return forms.MultipleChoiceField(label=name, choices=options, widget=forms.CheckboxSelectMultiple)
    hints = {"type": "date"} if attribute.type == Type.DATE else {"inputmode": "decimal"} if attribute.type in NUMBERS else {}
    return forms.CharField(label=name, max_length=1_000, widget=forms.TextInput(attrs=hints))


class WrongForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("What is not right?"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))


class ReasonForm(forms.Form):
    """Of a refusal, an extension, or the end of a restriction: the customer reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The customer gets to read this, word for word."),
    )


class RequestSearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name, e-mail, phone or number"), max_length=254)


class RightsRequestForm(forms.Form):
    """One that came by mail, by phone or at the counter. No field takes a file: nobody has to send an identity card (DS2)."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked?"), choices=RightsRequest.Kind.choices)
    intake = forms.ChoiceField(label=gettext_lazy("How did it come?"))
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("The law gives one month from this day."),
    )
    text = forms.CharField(
        label=gettext_lazy("What exactly?"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("In the customer’s own words."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["intake"].choices = [each for each in RightsRequest.Intake.choices if each[0] in ("mail", "staff")]
        self.initial.setdefault("received_on", _today())

    def clean_received_on(self) -> date:
        on = self.cleaned_data["received_on"]
        if on > _today():
            raise forms.ValidationError(_("This day is still to come."))
        if (_today() - on).days > clock.LONGEST_AGO:
            raise forms.ValidationError(_("This is longer than a year ago."))
        return on

    def asked(self) -> Asked:
        """At the beginning of that day, or now when it is today."""
        said = self.cleaned_data
        at = None if said["received_on"] == _today() else datetime.combine(said["received_on"], time.min, tenancy.current().zone)
        return Asked(said["kind"], said["intake"], {"text": said["text"]} if said["text"] else {}, at)

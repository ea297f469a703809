"""A form as somebody fills it in, in; what they ticked and typed, out. Its boxes have no first value, and none is required (CC1)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.lines import EmailField
from consent import capture
from consent.capture import Answers
from consent.models import ConsentFormVersion
from consent.portal import boxes
from consent.portal.boxes import Box
from customers import catalogue, values
from customers.models import Attribute

BAIT = "subject"  # no human sees this field; programs that fill in everything do
BOXES = "choice"
ASKED = "about_"


class CaptureForm(forms.Form):
    email = EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "off"})
    )

    def __init__(self, *args: Any, version: ConsentFormVersion, language: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.language = language
        self.shown = boxes.of(version, language)
        self.fields[BOXES] = forms.MultipleChoiceField(
            required=False, choices=[(box.name, box.label) for box in self.shown], widget=forms.CheckboxSelectMultiple
        )
        known = catalogue.attributes()
        self.asked = {key: known[key] for key in version.content["attributes"] if key in known}
        for key, attribute in self.asked.items():
            self.fields[ASKED + key] = _field(attribute)

    @property
    def boxes(self) -> list[tuple[Box, bool]]:
        """Each with whether it was ticked in what was just sent; never before that."""
        ticked = self.data.getlist(BOXES) if self.is_bound else []
        return [(box, box.name in ticked) for box in self.shown]

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[ASKED + key] for key in self.asked]

    def clean_choice(self) -> list[str]:
        if not self.cleaned_data[BOXES]:
            raise forms.ValidationError(_("You ticked nothing, so there is nothing to send. Tick what you would like."))
        return self.cleaned_data[BOXES]

    def clean(self) -> None:
        for key, attribute in self.asked.items():
            typed = self.cleaned_data.get(ASKED + key)
            try:
                capture.read(typed, attribute) if typed else None
            except values.BadValue as problem:
                self.add_error(ASKED + key, str(problem))

    def answers(self) -> Answers:
        said = self.cleaned_data
        chosen = tuple(tuple(name.split(".", 1)) for name in said[BOXES])
        typed = {key: said[ASKED + key] for key in self.asked if said.get(ASKED + key)}
        return Answers(said["email"], chosen, typed, self.language)


def _field(attribute: Attribute) -> forms.Field:
    label, kind = _(attribute.label), attribute.type
    if kind in (Attribute.Type.CHOICE, Attribute.Type.YES_NO):
        options = attribute.options if kind == Attribute.Type.CHOICE else []
        choices = [("", "–"), *((each, each) for each in options)] if options else [("", "–"), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    widget = forms.DateInput(attrs={"type": "date"}) if kind == Attribute.Type.DATE else forms.TextInput()
    return forms.CharField(label=label, required=False, max_length=values.LONGEST_TEXT, widget=widget)

"""A consent form as a colleague makes it: what to ask, by which channel, in which words; out comes the content of a version."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.forms.lines import LineField
from consent import offering
from consent.models import Channel, ConsentFormVersion
from consent.offering import CannotOffer
from consent.portal.offered import name_of

WORDS = {
    "title": (_("Title"), _("Above the form."), 1),
    "intro": (_("Introduction"), _("What somebody gets, and how often. Plainly."), 3),
    "button": (_("On the button"), _("What it does, such as “Send me the newsletter”."), 1),
    "thanks": (_("Afterwards"), _("What is said when it is filled in."), 2),
}


class OfferingForm(forms.Form):
    name = LineField(label=_("Name"), max_length=80, help_text=_("As colleagues call it: “Newsletter, foot of the site”."))
    purposes = forms.MultipleChoiceField(
        label=_("What you ask"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one purpose to ask for.")},
        help_text=_("Each becomes a box of its own, with the texts of the purpose beside it. A box is never ticked beforehand."),
    )
    attributes = forms.MultipleChoiceField(
        label=_("What else you ask"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Beside the e-mail address. Customers may leave it empty."),
    )
    sites = forms.CharField(
        label=_("Sites it stands on, one a line"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as https://www.shop.example. Empty: every site may post it."),
    )

    def __init__(self, *args: Any, version: ConsentFormVersion | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        content = version.content if version else {"purposes": [], "attributes": [], "sites": [], "texts": {}}
        self.languages = [language for language in tenancy.current().languages if language in dict(settings.LANGUAGES)]
        self.others = {language: texts for language, texts in content["texts"].items() if language not in self.languages}
        self._place_choices(content)
        self._place_texts(content["texts"])
        self.initial |= {
            "name": version.form.name if version else "",
            "purposes": [name_of(*each) for each in content["purposes"]],
            "attributes": content["attributes"],
            "sites": "\n".join(content["sites"]),
        }

    def _place_choices(self, content: dict[str, Any]) -> None:
        channels = dict(Channel.choices)
        self.fields["purposes"].choices = [
            (name_of(key, channel), f"{purpose}: {channels[channel]}")
            for key, purpose in offering.offerable().items()
            for channel in purpose.version.channels
        ]
        self.fields["attributes"].choices = [(key, _(each.label)) for key, each in offering.askable().items()]
        kept = {name for name, _label in self.fields["attributes"].choices}
        content["attributes"] = [key for key in content["attributes"] if key in kept]

    def _place_texts(self, known: dict[str, dict[str, str]]) -> None:
        for language in self.languages:
            for part, (label, help_text, rows) in WORDS.items():
                attrs = {"lang": language, **({"rows": rows} if rows > 1 else {})}
                self.fields[f"text_{language}_{part}"] = forms.CharField(
                    label=label,
                    help_text=help_text,
                    max_length=1_000,
                    widget=forms.Textarea(attrs) if rows > 1 else forms.TextInput(attrs),
                    initial=known.get(language, {}).get(part, ""),
                )

    def clean_sites(self) -> list[str]:
        return [self._site(line) for line in self.cleaned_data["sites"].splitlines() if line.strip()]

    def _site(self, line: str) -> str:
        try:
            return offering.origin_of(line)
        except ValueError:
            raise forms.ValidationError(_("Write “%(site)s” as https://www.shop.example.") % {"site": line.strip()[:80]}) from None

    @property
    def content(self) -> dict[str, Any]:
        said = self.cleaned_data
        texts = {language: {part: said[f"text_{language}_{part}"] for part in WORDS} for language in self.languages}
        return {
            "purposes": [name.split(".", 1) for name in said["purposes"]],
            "attributes": said["attributes"],
            "sites": list(dict.fromkeys(said["sites"])),
            "texts": self.others | texts,
        }

    def blame(self, refusal: CannotOffer) -> None:
        for fault in refusal.faults:
            self.add_error(fault.field if fault.field in self.fields else None, fault.says)

    @property
    def parts(self) -> Iterator[tuple[Any, list[BoundField]]]:
        """The fields in groups, each with its heading."""
        names = dict(settings.LANGUAGES)
        yield _("What it asks"), [self[name] for name in ("name", "purposes", "attributes", "sites")]
        for language in self.languages:
            yield names[language], [self[f"text_{language}_{part}"] for part in WORDS]

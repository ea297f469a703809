"""A purpose and its draft, as a colleague writes them: texts a language, lists a line each."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.forms.lines import LineField
from consent import terms
from consent.models import Channel, Purpose, PurposeVersion
from consent.models.purpose import KEY
from consent.register.completeness import STEPS
from consent.register.starting import TEXT_PARTS

MOST_DAYS = 36_500
PARTS = {
    "title": (_("Title"), _("What customers call it."), 1),
    "text": (_("What for"), _("Plainly: what you do, and with which data."), 3),
    "label": (_("Beside the control"), _("What somebody says yes to, such as “Yes, send me the newsletter”."), 1),
    "withdrawal": (_("How to stop"), _("One sentence."), 2),
    "kept": (_("Why that long"), _("In words, for customers. Empty: what stands under keeping and protecting."), 1),
    "from": (_("Where from"), _("In words, for customers. Empty: the list of where the data come from."), 1),
}
INTEREST = {
    "interest": (_("The interest"), _("What do you gain, and why is that a real interest?")),
    "necessity": (_("Why it is needed"), _("Could you do with less data, or with consent?")),
    "balance": (_("The balance"), _("What does it mean for customers, do they expect it, and how do you protect them?")),
}


class LinesField(forms.CharField):
    """One a line; the parts of a line behind semicolons become the keys of an object."""

    def __init__(self, parts: tuple[str, ...], **options: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **options)
        self.parts = parts

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join("; ".join(str(each.get(part, "")) for part in self.parts).rstrip("; ") for each in value)
        return value

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        return [self._line(line) for line in lines]

    def _line(self, line: str) -> dict[str, str]:
        said = [part.strip()[:200] for part in line.split(";")]
        if len(said) > len(self.parts) or not said[0]:
            raise forms.ValidationError(_("Too many semicolons in “%(line)s”.") % {"line": line[:60]})
        return dict(zip(self.parts, [*said, *[""] * len(self.parts)], strict=False))


class PurposeDraftForm(forms.ModelForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        validators=[KEY],
        help_text=_("How programs and segments name it. It cannot be changed later."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Purpose.Kind)
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        required=False,
        choices=Channel,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Customers choose for each."),
    )
    dpv_term = forms.ChoiceField(
        label=_("Term of the Data Privacy Vocabulary"), required=False, help_text=_("So that programs understand what it is for.")
    )
    data_categories = forms.MultipleChoiceField(label=_("Data"), required=False, widget=forms.CheckboxSelectMultiple)
    sources = LinesField(("name",), label=_("Where the data come from, one a line"))
    recipients = LinesField(
        ("name", "role", "country"),
        label=_("Who else sees them, one a line"),
        help_text=_("Name; what they do; country. Such as: Mailhuis; sends our mail; NL"),
    )
    transfers = LinesField(
        ("country", "safeguard"),
        label=_("Outside Europe, one a line"),
        help_text=_("Country; what protects the data. Such as: US; standard clauses"),
    )
    owner = LineField(label=_("Responsible"), max_length=120, required=False)

    class Meta:
        model = PurposeVersion
        fields = [
            *("channels", "dpv_term", "eprivacy_basis", "gdpr_basis", "data_categories", "sources", "recipients", "transfers"),
            *("kept_days", "kept_reason", "valid_days", "security", "assessment_url", "owner", "review_on"),
            *("needs_confirmation", "similar_products", "free_account_reason", "joins_visits"),
        ]
        widgets = {
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("kept_reason", "security", "free_account_reason")},
        }
        help_texts = {
            "eprivacy_basis": _("For a message, or for anything stored or read on a device."),
            "gdpr_basis": _("Apart from the other question: both need an answer."),
            "kept_days": _("Empty only with a reason why there is no end."),
            "valid_days": _("After that it ends by itself. Two years is 730."),
            "joins_visits": _("Only if your text says so: otherwise what a device did before stays apart from the customer."),
            "free_account_reason": _("Only if you count making a free account as a sale: what is paid then, and how?"),
        }

    def __init__(self, *args: Any, purpose: Purpose, **options: Any) -> None:
        super().__init__(*args, **options)
        self.purpose = purpose
        self.languages = [language for language in tenancy.current().languages if language in dict(settings.LANGUAGES)]
        self._place_purpose()
        self._place_choices()
        self._place_texts()
        self._place_interest()

    def _place_purpose(self) -> None:
        self.initial |= {"key": self.purpose.key, "kind": self.purpose.kind}
        self.fields["key"].disabled = self.purpose.pk is not None
        self.fields["kind"].disabled = self.purpose.version_id is not None

    def _place_choices(self) -> None:
        self.fields["dpv_term"].choices = [("", _("Choose a term")), *terms.choices(terms.PURPOSES)]
        self.fields["data_categories"].choices = terms.choices(terms.DATA)
        for name in ("kept_days", "valid_days"):
            self.fields[name].max_value = MOST_DAYS
            self.fields[name].widget.attrs |= {"max": MOST_DAYS}

    def _place_texts(self) -> None:
        for language in self.languages:
            known = self.instance.texts.get(language) or {}
            for part, (label, help_text, rows) in PARTS.items():
                widget = forms.Textarea(attrs={"rows": rows, "lang": language}) if rows > 1 else forms.TextInput(attrs={"lang": language})
                self.fields[f"text_{language}_{part}"] = forms.CharField(
                    label=label, help_text=help_text, required=False, max_length=1_000, widget=widget, initial=known.get(part, "")
                )

    def _place_interest(self) -> None:
        for step, (label, help_text) in INTEREST.items():
            self.fields[f"interest_{step}"] = forms.CharField(
                label=label,
                help_text=help_text,
                required=False,
                max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=self.instance.interest.get(step, ""),
            )

    def clean_kept_days(self) -> int | None:
        return self._in_days("kept_days")

    def clean_valid_days(self) -> int | None:
        return self._in_days("valid_days")

    def _in_days(self, name: str) -> int | None:
        days = self.cleaned_data[name]
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise forms.ValidationError(_("Give a number of days from 1 to 36,500."))
        return days

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.purpose.key, self.purpose.kind = said.get("key", self.purpose.key), said.get("kind", self.purpose.kind)
        others = {language: text for language, text in self.instance.texts.items() if language not in self.languages}
        texts = {language: self._texts(said, language) for language in self.languages}
        self.instance.texts = others | {language: text for language, text in texts.items() if any(text.values())}
        steps = {step: said.get(f"interest_{step}", "") for step in STEPS}
        self.instance.interest = steps if any(steps.values()) else {}
        return said

    def _texts(self, said: dict[str, Any], language: str) -> dict[str, str]:
        written = {part: said.get(f"text_{language}_{part}", "") for part in PARTS}
        return {part: words for part, words in written.items() if words or part in TEXT_PARTS}

    @property
    def parts(self) -> Iterator[tuple[Any, list[BoundField]]]:
        """The fields in groups, each with its heading, in the order of the questions."""
        names = dict(settings.LANGUAGES)
        yield _("What it is"), self._bound("key", "kind", "channels", "dpv_term")
        for language in self.languages:
            yield names[language], self._bound(*(f"text_{language}_{part}" for part in PARTS))
        yield _("Why it is allowed"), self._bound("eprivacy_basis", "gdpr_basis", "valid_days", "needs_confirmation")
        yield _("Legitimate interest, if you rely on it"), self._bound(*(f"interest_{step}" for step in STEPS), "assessment_url")
        yield _("Soft opt-in, if you rely on it"), self._bound("similar_products", "free_account_reason")
        yield _("Data"), self._bound("data_categories", "sources", "recipients", "transfers", "joins_visits")
        yield _("Keeping and protecting"), self._bound("kept_days", "kept_reason", "security")
        yield _("Who looks after it"), self._bound("owner", "review_on")

    def _bound(self, *names: str) -> list[BoundField]:
        return [self[name] for name in names]


class PurposePublishForm(forms.Form):
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)  # of publishing.seal_of
    is_material = forms.BooleanField(
        label=_("Ask customers anew"),
        required=False,
        help_text=_("Earlier consents then do not hold for this version. Needed when more changes than words."),
    )

    def __init__(self, *args: Any, purpose: Purpose, **options: Any) -> None:
        super().__init__(*args, **options)
        if purpose.version is None or not purpose.version.asks_consent:
            del self.fields["is_material"]  # nobody said yes before

"""A file to take in: which, from where, what it holds; then what each of its columns is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.forms.lines import LineField
from customers import catalogue
from customers.imports import mapping
from customers.imports.looking import DELIMITERS
from customers.imports.receiving import Beginning
from customers.models import Import, Segment, Source

LARGEST_FILE = 2_000_000_000  # bytes
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "cp1250": "Windows-1250",
    "cp850": "DOS (850)",
    "mac_roman": "Mac",
}
KINDS = {
    Import.Kind.CUSTOMERS: _("Customers: a row each, with what you know of them"),
    Import.Kind.EVENTS: _("Purchases or other events: a row each, with whose it is and when"),
    Import.Kind.LIST: _("A list for a segment: a row for each customer in it"),
}


class ImportCreateForm(forms.Form):
    """What is asked depends on the kind of file; without JavaScript the browser cannot tell, so it does not insist."""

    use_required_attribute = False

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        validators=[FileExtensionValidator(["csv", "txt", "tsv"], _("Choose a CSV file. A spreadsheet can save one as “CSV UTF-8”."))],
        help_text=_("CSV with a header, at most 2 GB. Comma, semicolon or tab, and how letters are written: we find out."),
    )
    source = forms.ChoiceField(
        label=_("Where does it come from?"), error_messages={"required": _("Choose a source, or name a new one below.")}
    )
    new_source = LineField(label=_("Or a source that is not in the list"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("What does it hold?"), widget=forms.RadioSelect, choices=list(KINDS.items()), initial=Import.Kind.CUSTOMERS
    )
    event_type = forms.ChoiceField(
        label=_("Which event?"),
        help_text=_("For purchases and other events."),
        error_messages={"required": _("Choose which event the rows are.")},
    )
    segment = LineField(
        label=_("Name of the segment"),
        max_length=80,
        help_text=_("For a list. A new name makes a new segment."),
        error_messages={"required": _("Name the segment that the customers go into.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].choices = [
            ("", _("Choose a source")),
            *((source.slug, str(source)) for source in Source.objects.open().order_by("name")),
        ]
        if self.is_bound:
            self.fields["source"].required = not self.data.get("new_source", "").strip()
            self.fields["event_type"].required = self.data.get("kind") == Import.Kind.EVENTS
            self.fields["segment"].required = self.data.get("kind") == Import.Kind.LIST
        self.fields["event_type"].choices = [("", _("Choose an event")), *((name, name) for name in catalogue.event_types())]

    def clean_file(self) -> UploadedFile:
        if self.cleaned_data["file"].size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is larger than 2 GB. Split it in two."))
        return self.cleaned_data["file"]

    def clean_segment(self) -> str:
        name = self.cleaned_data["segment"].strip()
        if Segment.objects.in_use().filter(name=name, kind=Segment.Kind.RULE).exists():
            raise forms.ValidationError(_("This segment has rules of its own. Give the list another name."))
        return name


class ImportMappingForm(forms.Form):
    """A choice for each column; `chosen` is the mapping."""

    currency = forms.CharField(
        label=_("Currency of the amounts"),
        required=False,
        max_length=3,
        validators=[RegexValidator(r"^[A-Za-z]{3}$", _("Use three letters, such as EUR."))],
        help_text=_("Where no column tells it."),
    )

    def __init__(self, *args: Any, run: Import, seen: Beginning, **options: Any) -> None:
        super().__init__(*args, **options)
        self.run, self.seen, self.chosen = run, seen, {}
        target_of = {column: target for target, column in run.mapping.items()}
        for place, name in enumerate(seen.names):
            now = target_of.get(name, "")
            field = forms.ChoiceField(label=name, required=False, choices=self._choices(name, now), initial=now)
            self.fields[f"column_{place}"] = field
        if run.kind == Import.Kind.EVENTS:
            self.fields["currency"].initial = run.options.get("currency") or tenancy.current().currency
        else:
            del self.fields["currency"]

    def _choices(self, name: str, now: str) -> list[tuple[str, Any]]:
        groups = [("", _("Leave out")), *((target.key, target.label) for target in self.seen.targets)]
        own = {mapping.property_key(name), now} - {key for key, _label in groups} if self.run.kind == Import.Kind.EVENTS else set()
        return [*groups, *((key, _("A property called %(key)s") % {"key": key}) for key in sorted(own))]

    def columns(self) -> Iterable[tuple[forms.BoundField, list[str]]]:
        """Each column with the first different things that stand in it."""
        for place, _name in enumerate(self.seen.names):
            said = dict.fromkeys(mapping.cell(row, place).strip() for row in self.seen.rows[:100])
            column = self[f"column_{place}"]
            column.field.widget.attrs["class"] = "form-select is-invalid" if column.errors else "form-select"
            yield column, [text[:60] for text in said if text][:3]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for place, name in enumerate(self.seen.names):
            target = given.get(f"column_{place}")
            if target and target in self.chosen:
                self.add_error(f"column_{place}", _("“%(other)s” is this already. Leave one of them out.") % {"other": self.chosen[target]})
            elif target:
                self.chosen[target] = name
        found = mapping.faults(self.chosen, self.seen.names, self.run.kind, self.seen.targets) + mapping.too_telling(
            self.chosen, self.run.source
        )
        for wrong in found if not self.errors else []:
            self.add_error(None, wrong.reason)
        return given


class ImportReadingForm(forms.Form):
    """How the bytes are to be read, where our guess was wrong."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=_("Between the columns"), choices=list(DELIMITERS.items()))

    def __init__(self, *args: Any, run: Import, **options: Any) -> None:
        now = {"encoding": "utf-16" if run.encoding.startswith("utf-16") else run.encoding, "delimiter": run.delimiter}
        super().__init__(*args, initial=now, **options)
        for name, value in now.items():
            if value not in dict(self.fields[name].choices):
                self.fields[name].choices = [*self.fields[name].choices, (value, value)]

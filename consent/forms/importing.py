"""A small file with consents and the file that proves them, as a colleague hands them in; what to take in, out."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.lines import LineField
from consent import offering
from consent.models import Channel
from consent.portal.offered import name_of
from customers.models import Source

LARGEST_FILE = 1_000_000  # bytes: some 25,000 rows, a quarter of a minute. More goes by the command
LARGEST_EVIDENCE = 20_000_000
COLUMNS = {  # target -> label, what it is called most often
    "email": (gettext_lazy("Column with the e-mail address"), "email"),
    "given_at": (gettext_lazy("Column with the time of the choice"), "given_at"),
    "state": (gettext_lazy("Column with yes or no"), ""),
    "text": (gettext_lazy("Column with the words that stood there"), ""),
}


class ConsentImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File with the choices"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text=gettext_lazy("CSV with a header and a row for each choice, at most 1 MB. A larger one: manage import_consents."),
    )
    evidence = forms.FileField(
        label=gettext_lazy("File that proves them"),
        required=False,
        help_text=gettext_lazy(
            "Such as an export of the old system, or scans; at most 20 MB. We note its fingerprint: keep the file yourself."
        ),
    )
    offer = forms.ChoiceField(label=gettext_lazy("What they said yes to"))
    source = forms.ModelChoiceField(
        None, label=gettext_lazy("Where does it come from?"), to_field_name="slug", empty_label=gettext_lazy("Choose a source")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        channels = dict(Channel.choices)
        self.fields["source"].queryset = Source.objects.order_by("name")
        self.fields["offer"].choices = [
            (name_of(key, channel), f"{purpose}: {channels[channel]}")
            for key, purpose in offering.offerable().items()
            for channel in purpose.version.channels
        ]
        for target, (label, usual) in COLUMNS.items():
            self.fields[target] = LineField(label=label, max_length=200, initial=usual, required=target == "email")

    def clean_file(self) -> UploadedFile:
        return self._small("file", LARGEST_FILE, _("This file is larger than 1 MB. Use the command import_consents."))

    def clean_evidence(self) -> UploadedFile:
        return self._small("evidence", LARGEST_EVIDENCE, _("This file is larger than 20 MB. Use the command import_consents."))

    def _small(self, name: str, most: int, says: str) -> UploadedFile:
        file = self.cleaned_data[name]
        if file and file.size > most:
            raise forms.ValidationError(says)
        return file

    @property
    def mapping(self) -> dict[str, str]:
        return {target: self.cleaned_data[target] for target in COLUMNS if self.cleaned_data[target]}

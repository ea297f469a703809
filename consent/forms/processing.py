"""Which view of the record of processing, and as what."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.register.processing import CONTROLLER, PROCESSOR

VIEWS = [(CONTROLLER, _("By purpose")), (PROCESSOR, _("By who handles the data"))]


class RecordForm(forms.Form):
    view = forms.ChoiceField(label=_("View"), choices=VIEWS, required=False)

    def clean_view(self) -> str:
        return self.cleaned_data["view"] or CONTROLLER


class RecordExportForm(RecordForm):
    format = forms.ChoiceField(label=_("As"), choices=[("csv", "CSV"), ("jsonld", "JSON-LD")])

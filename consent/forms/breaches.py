"""The record of a data breach, as a colleague writes it: what Art. 33(3) GDPR asks, in the order in which it becomes known."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.models import Breach

MOMENTS = ("aware_at", "began_at", "ended_at", "authority_told_at", "customers_told_at")
LONG = ("nature", "categories", "consequences", "measures", "late_reason")


class BreachForm(forms.ModelForm):
    class Meta:
        model = Breach
        fields = [
            *("title", "aware_at", "began_at", "ended_at", "nature", "categories", "customers_about", "records_about", "consequences"),
            *("measures", "reached_at", "is_risk", "is_high_risk", "authority_told_at", "customers_told_at", "late_reason"),
        ]
        widgets = {
            **{name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M") for name in MOMENTS},
            **{name: forms.Textarea(attrs={"rows": 3}) for name in LONG},
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        now = timezone.now()
        for name in MOMENTS:
            if said.get(name) and said[name] > now:
                self.add_error(name, _("This lies in the future."))
        if said.get("is_high_risk") and not said.get("is_risk"):
            self.add_error("is_risk", _("A high risk is a risk as well."))
        self._check_reason(said)
        return said

    def _check_reason(self, said: dict[str, Any]) -> None:
        """Later than 72 hours goes with the reasons for it; so does telling nobody (Art. 33(1), (5))."""
        told, aware = said.get("authority_told_at"), said.get("aware_at")
        is_late = bool(told and aware and told > Breach(aware_at=aware).due_at)
        if (is_late or not said.get("is_risk")) and not said.get("late_reason"):
            self.add_error("late_reason", _("Write down why: the law asks for the reason."))


class ReachForm(forms.Form):
    since = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    until = forms.DateTimeField(label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    who = forms.CharField(label=_("Name of a colleague or key (optional)"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("since") and said.get("until") and said["since"] > said["until"]:
            self.add_error("until", _("The end comes before the beginning."))
        return said

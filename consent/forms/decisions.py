"""What is looked for among decisions, in; those that fit, out."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from consent.models import Channel, Decision, Purpose, Reason

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DecisionSearchForm(forms.Form):
    reason = forms.ChoiceField(label=_("Answer"), required=False, choices=[("", _("Every answer")), *Reason.choices])
    purpose = forms.ModelChoiceField(None, label=_("Purpose"), required=False, empty_label=_("Every purpose"), to_field_name="key")
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("Every channel")), *Channel.choices])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(
        label=_("Up to and including"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["purpose"].queryset = Purpose.objects.select_related("version")

    @property
    def is_active(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values()) if self.is_valid() else True

    def found(self) -> QuerySet:
        """None while the form has an error."""
        rows = Decision.objects.select_related("purpose__version")
        if not self.is_valid():
            return rows.none()
        said, zone = self.cleaned_data, tenancy.current().zone
        asked = {name: said[name] for name in ("reason", "purpose", "channel") if said[name] not in (None, "")}
        if said["since"]:
            asked["at__gte"] = datetime.combine(said["since"], time.min, zone)
        if said["until"]:
            asked["at__lt"] = datetime.combine(said["until"] + timedelta(days=1), time.min, zone)
        return rows.filter(**asked)

"""What to look for in the audit log."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.models import AuditEntry
from accounts.models.audit_entry import AuditEntryQuerySet


class AuditSearchForm(forms.Form):
    q = forms.CharField(label=_("Who or on what"), required=False, max_length=100, widget=forms.SearchInput)
    action = forms.ChoiceField(label=_("What"), required=False, choices=[("", _("Everything")), *AuditEntry.Action.choices])
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values()) if self.is_valid() else True

    def found(self) -> AuditEntryQuerySet:
        """The entries that fit; none while the form has an error."""
        if not self.is_valid():
            return AuditEntry.objects.none()
        asked = self.cleaned_data
        rows = AuditEntry.objects.between(asked["since"], asked["until"], tenancy.current().zone)
        rows = rows.filter(action=asked["action"]) if asked["action"] else rows
        return rows.about(asked["q"]) if asked["q"] else rows

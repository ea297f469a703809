"""How long something is kept: days, or for ever with the reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent import retention
from consent.models import RetentionRule

LONGEST = 36_500


class RetentionForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("Kept for (days)"), required=False, min_value=0, max_value=LONGEST)
    is_for_ever = forms.BooleanField(label=gettext_lazy("For ever"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why that long"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Customers read it in what they download. For ever needs a reason."),
    )

    def __init__(self, rule: RetentionRule, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = rule.about
        self.initial = {"days": rule.days, "is_for_ever": rule.days is None, "reason": rule.reason}
        if rule.about in retention.MOST:
            del self.fields["is_for_ever"]

    def clean(self) -> None:
        said = self.cleaned_data
        is_for_ever, days = said.get("is_for_ever", False), said.get("days")
        if "days" in self.errors:
            return
        if is_for_ever == (days is not None):
            self.add_error("days", _("Fill in a number of days, or choose for ever: one of the two."))
        elif is_for_ever and not said.get("reason", "").strip():
            self.add_error("reason", _("Say why it is kept for ever."))
        else:
            self._check(days)

    def _check(self, days: int | None) -> None:
        try:
            retention.check(self.about, days)
        except retention.CannotKeep as no:
            self.add_error("days", str(no))

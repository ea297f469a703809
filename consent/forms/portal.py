"""What a customer chooses on their own pages: a post in, a purpose with a channel, a break, or a code out."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.lines import EmailField
from consent import choices
from consent.models import Channel, Hold, Purpose
from consent.portal import wording
from customers.models import Customer

OFTEN = ((1, "week"), (2, "week"), (1, "month"), (2, "month"))
LONGEST_BREAK = timedelta(days=366)


class ChoiceForm(forms.Form):
    purpose = forms.ModelChoiceField(None, to_field_name="key")
    channel = forms.ChoiceField(choices=Channel.choices)
    choice = forms.ChoiceField(choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        live = Purpose.objects.live().select_related("version")
        self.fields["purpose"].queryset = live.exclude(kind=Purpose.Kind.SERVICE)

    def clean(self) -> None:
        purpose = self.cleaned_data.get("purpose")
        if purpose and self.cleaned_data.get("channel") not in purpose.version.channels:
            raise forms.ValidationError(_("This is not offered there."))

    @property
    def is_yes(self) -> bool:
        return self.cleaned_data["choice"] == "yes"


class BreakForm(forms.Form):
    often = forms.ChoiceField(label=gettext_lazy("At most"), required=False)
    until = forms.DateField(
        label=gettext_lazy("Send nothing until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, customer: Customer, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        standing, paused = choices.frequency(customer.pk), choices.holds(customer.pk).get(Hold.Kind.PAUSED)
        now = (standing.most, standing.per) if standing else None
        known = [*OFTEN, now] if now and now not in OFTEN else OFTEN
        every = [(f"{most} {per}", wording.how_often(most, per)) for most, per in known]
        self.fields["often"].choices = [("", _("as many as you send")), *every]
        self.initial = {
            "often": f"{now[0]} {now[1]}" if now else "",
            "until": timezone.localdate(paused.until) if paused and paused.until else None,
        }

    def clean_until(self) -> date | None:
        until, today = self.cleaned_data["until"], timezone.localdate()
        if until and not today < until <= today + LONGEST_BREAK:
            raise forms.ValidationError(_("Choose a day after today, at most a year from now."))
        return until

    def limit(self) -> tuple[int | None, str]:
        most, _space, per = self.cleaned_data["often"].partition(" ")
        return (int(most), per) if most else (None, "")


class AskForm(forms.Form):
    email = EmailField(label=gettext_lazy("Your e-mail address"), max_length=254)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("The six digits from the mail"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

"""A source and its card; and an item of the quarantine, as it is corrected."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts import tenancy
from accounts.forms.lines import LineField
from accounts.models import User
from customers.models import QuarantinedItem, Source
from customers.models.inbox import QuarantinedItemQuerySet

CARD = ["used_for", "identifies", "cost", "may_be_used_for", "gives_customer", "owner", "review_on"]


class SourceForm(forms.ModelForm):
    name = LineField(label=_("Name"), max_length=60, help_text=_("As colleagues call it: “Web shop”, “Till in Utrecht”."))

    # The choices are of the open tenant: they are known when the form is made.
    shares_ids_with = forms.ModelChoiceField(
        None,
        required=False,
        label=_("Uses the customer numbers of"),
        help_text=_("For sources that name customers by the same numbers, such as a shop and its till."),
    )

    class Meta:
        model = Source
        fields = ["name", "kind", "priority", "shares_ids_with", *CARD]
        widgets = {
            "review_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("used_for", "may_be_used_for", "gives_customer")},
        }
        help_texts = {
            "priority": _("Where two sources say different things, the lower number is believed."),
            "shares_ids_with": _("For sources that name customers by the same numbers, such as a shop and its till."),
            "identifies": _("If not, only devices count: customer numbers, e-mail and phones that it sends are not kept."),
            "used_for": _("One sentence a customer would understand."),
            "may_be_used_for": _("And where not."),
            "gives_customer": _("If it is nothing, should we have it?"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = User.objects.filter(tenants=tenancy.current()).order_by("name")
        others = Source.objects.filter(shares_ids_with=None).exclude(pk=self.instance.pk)
        self.fields["shares_ids_with"].queryset = others.order_by("name")
        self.fields["owner"].empty_label, self.fields["shares_ids_with"].empty_label = _("Nobody"), _("No other source")
        self.fields["priority"].widget.attrs["min"] = 1

    def clean_shares_ids_with(self) -> Source | None:
        """One level: whose numbers others use has numbers of its own."""
        chosen = self.cleaned_data["shares_ids_with"]
        if chosen and self.instance.pk and Source.objects.filter(shares_ids_with=self.instance).exists():
            raise forms.ValidationError(_("Other sources use the customer numbers of this one."))
        return chosen

    def save(self, commit: bool = True) -> Source:
        if not self.instance.slug:
            self.instance.slug = _free_slug(self.cleaned_data["name"])
        return super().save(commit)


def _free_slug(name: str) -> str:
    """Made from the name; a number behind it when another source has it."""
    stem = slugify(name)[:36] or "source"
    taken = set(Source.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, 1_000))) if slug not in taken)


class QuarantineSearchForm(forms.Form):
    source = forms.ModelChoiceField(None, label=_("Source"), required=False, empty_label=_("Every source"))
    reason = forms.ChoiceField(label=_("Reason"), required=False)

    def __init__(self, *args: Any, reasons: list[tuple[str, int]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].queryset = Source.objects.order_by("name")
        self.fields["source"].to_field_name = "slug"
        self.fields["reason"].choices = [("", _("Every reason")), *((reason, f"{reason} ({times})") for reason, times in reasons)]

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values()) if self.is_valid() else True

    def found(self) -> QuarantinedItemQuerySet:
        """What waits and fits; none while the form has an error."""
        rows = QuarantinedItem.objects.waiting().select_related("source")
        if not self.is_valid():
            return rows.none()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        return rows.filter(**asked)


class ReplayForm(forms.Form):
    item = forms.CharField(
        label=_("The item"),
        max_length=600_000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "code"}),
    )

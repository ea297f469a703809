"""Which customers to show, and what of them."""

from typing import Any

from django import forms
from django.db.models import BigIntegerField
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers import catalogue, search
from customers.models import Customer, Score, Segment, SegmentMember
from customers.models.score import Lifecycle

STANDARD_COLUMNS = ("lifecycle", "orders", "spent", "last_order_at")
SHOWN_AT_FIRST = ["city", "lifecycle", "orders", "spent", "last_order_at"]
MOST_COLUMNS = 8


class CustomerSearchForm(forms.Form):
    q = forms.CharField(label=_("Name, e-mail, phone or number"), required=False, max_length=254)
    lifecycle = forms.ChoiceField(label=_("Lifecycle"), required=False, choices=[("", _("All"))])
    segment = forms.ChoiceField(label=_("Segment"), required=False)
    anonymous = forms.BooleanField(label=_("Also unknown visitors"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lifecycle"].choices = [("", _("All")), *Lifecycle.choices]
        self.fields["segment"].choices = [("", _("All")), *((row.public_id, row.name) for row in Segment.objects.in_use())]

    def found(self) -> "Customer.objects":
        """The customers that match; nobody when what was asked makes no sense."""
        if not self.is_valid():
            return Customer.objects.none()
        asked = self.cleaned_data
        customers = search.find(asked["q"])
        if not asked["anonymous"]:
            customers = customers.filter(is_identified=True)
        if asked["lifecycle"]:
            customers = customers.filter(pk__in=Score.objects.filter(lifecycle=asked["lifecycle"]).values("customer_id"))
        if asked["segment"]:
            customers = customers.filter(pk__in=_members(asked["segment"]))
        return customers

    @property
    def is_active(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


def _members(public_id: str) -> "SegmentMember.objects":
    chosen = next((row.pk for row in Segment.objects.in_use() if row.public_id == public_id), 0)
    members = SegmentMember.objects.filter(segment_id=chosen)
    return members.values_list(
        Coalesce("customer__root_id", "customer_id", output_field=BigIntegerField())
    )  # a row that was merged is still on its list


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("At most eight.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["columns"].choices = column_choices()

    def clean_columns(self) -> list[str]:
        if len(self.cleaned_data["columns"]) > MOST_COLUMNS:
            raise forms.ValidationError(_("Choose at most %(most)s columns."), params={"most": MOST_COLUMNS})
        return self.cleaned_data["columns"]


def column_choices() -> list[tuple[str, Any]]:
    standard = [("lifecycle", _("Lifecycle")), ("orders", _("Orders")), ("spent", _("Spent")), ("last_order_at", _("Last order"))]
    from customers.templatetags.portrait import label

    return [*((key, label(attribute)) for key, attribute in catalogue.attributes().items() if key != "email"), *standard]


class MergeForm(forms.Form):
    q = forms.CharField(label=_("Name, e-mail, phone or number"), max_length=254)

"""Forms of the catalogue: what may be known of a customer, and what events mean."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers import visibility
from customers.models import Attribute, EventType, Product


class PurposesField(forms.MultipleChoiceField):
    """Keys of purposes, of those that are in force; one that was chosen before stays a choice."""

    def __init__(self, chosen: list[str]) -> None:
        choices = visibility.choices()
        known = {key for key, _title in choices}
        super().__init__(
            label=_("Used for"),
            required=False,
            choices=[*choices, *((key, key) for key in chosen if key not in known)],
            initial=chosen,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("For a purpose that is not ticked it is not there: not in segments, not in exports, not in messages."),
        )


def offer_purposes(form: forms.ModelForm) -> None:
    """Nothing is asked while there is no purpose."""
    field = PurposesField(form.instance.purposes)
    if field.choices:
        form.fields["purposes"] = field
    else:
        del form.fields["purposes"]


class AttributeForm(forms.ModelForm):
    options = forms.CharField(label=_("Choices, one a line"), required=False, widget=forms.Textarea(attrs={"rows": 4}))

    class Meta:
        model = Attribute
        fields = ["label", "key", "type", "meaning", "category", "purposes", "kept_days", "options", "currency"]
        widgets = {"meaning": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "key": _("How sources and templates name it, as favourite_genre. It cannot be changed later."),
            "meaning": _("For colleagues, and for customers who ask what it is."),
            "category": _(
                "Special: health, religion, politics, trade union, origin, sexual life, genes, biometrics. No segments are made of it."
            ),
            "kept_days": _("Empty: as long as the customer is kept."),
            "currency": _("For an amount of money, as EUR."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["options"] = "\n".join(self.instance.options)
        offer_purposes(self)
        self.fields["type"].choices = [("", _("Choose a type")), *Attribute.Type.choices]
        if self.instance.pk:
            for name in ("key", "type", "currency"):  # values are stored by them
                self.fields[name].disabled = True

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if not self.instance.pk and Attribute.objects.filter(key=key).exists():
            raise forms.ValidationError(_("There is an attribute with this key already."))
        return key

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if currency and not re.fullmatch(r"[A-Z]{3}", currency):
            raise forms.ValidationError(_("A currency has three capital letters, such as EUR."))
        return currency

    def clean_options(self) -> list[str]:
        return list(dict.fromkeys(line.strip()[:100] for line in self.cleaned_data["options"].splitlines() if line.strip()))

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("type") in (Attribute.Type.CHOICE, Attribute.Type.CHOICES) and not said.get("options"):
            self.add_error("options", _("Name the choices, one a line."))
        if said.get("type") == Attribute.Type.MONEY and not said.get("currency"):
            self.add_error("currency", _("Name the currency, as EUR."))
        return said


class EventTypeForm(forms.ModelForm):
    class Meta:
        model = EventType
        fields = ["meaning", "category", "purposes", "kept_days", "amount_key"]
        widgets = {"meaning": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "meaning": _("For colleagues, and for customers who ask what it is."),
            "kept_days": _("Empty: as long as the customer is kept."),
            "amount_key": _("The property that holds an amount of money, as total. It counts from the next event on."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_purposes(self)


class ProductSearchForm(forms.Form):
    q = forms.CharField(label=_("Name or product number"), required=False, max_length=200)
    category = forms.ChoiceField(label=_("Category"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["category"].choices = [("", _("All")), *((name, name) for name in Product.objects.categories())]

    def found(self) -> "Product.objects":
        if not self.is_valid():
            return Product.objects.none()
        return Product.objects.matching(self.cleaned_data["q"], self.cleaned_data["category"])

    @property
    def is_active(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

"""A segment that is being made: its name and its rule, as they were posted or saved. Leaves no row."""

import json
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers import visibility
from customers.forms.rule_controls import Branch, Builder
from customers.forms.rule_tree import rule_of, step
from customers.models import LifecycleRule, Segment
from customers.segments.faults import BadRule, Fault
from customers.segments.parsing import parse
from customers.segments.rule import Rule
from customers.segments.vocabulary import Vocabulary
from customers.values import is_storable


class SegmentForm(forms.ModelForm):
    class Meta:
        model = Segment
        fields = ["name", "purpose"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        overview = ("", _("An overview: nobody is reached with it"))
        self.fields["purpose"] = forms.ChoiceField(
            label=self.fields["purpose"].label,
            required=False,
            choices=[overview, *visibility.choices()],
            help_text=_("Who does not allow it is not in the segment. Only what may be used for it can be used in the rule."),
        )

    @property
    def asked_purpose(self) -> str:
        """What was chosen, before the rest of the form is looked at: it decides which words the rule may use."""
        asked = self.data.get("purpose", "") if self.is_bound else self.instance.purpose
        return asked if asked in dict(self.fields["purpose"].choices) else ""


class RuleJsonForm(forms.Form):
    rule = forms.CharField(
        label=_("The rule as JSON"), max_length=100_000, widget=forms.Textarea(attrs={"rows": 24, "class": "code", "spellcheck": "false"})
    )

    def clean_rule(self) -> dict[str, Any]:
        try:
            rule = json.loads(self.cleaned_data["rule"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is no JSON: %(error)s"), params={"error": error}) from None
        if not is_storable(rule):
            raise forms.ValidationError(_("Holds a character that is no text."))
        return rule


class LifecycleForm(forms.ModelForm):
    class Meta:
        model = LifecycleRule
        fields = ["order_event", "new_days", "active_days", "at_risk_days", "purpose"]

    def __init__(self, *args: Any, events: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["order_event"] = forms.ChoiceField(
            label=self.fields["order_event"].label, choices=[(name, name) for name in sorted({*events, self.instance.order_event})]
        )
        self.fields["purpose"] = forms.ChoiceField(
            label=self.fields["purpose"].label,
            required=False,
            choices=[("", _("An overview: segments for a purpose do not use them")), *visibility.choices()],
            help_text=_("Who does not allow it gets no scores."),
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if None not in (said.get("active_days"), said.get("at_risk_days")) and said["at_risk_days"] <= said["active_days"]:
            self.add_error("at_risk_days", _("This must be more days than for active."))
        return said


class RuleDraft:
    """A rule on its way: JSON that may still lack something, what is wrong with it, and how it is drawn."""

    def __init__(self, raw: dict[str, Any], vocabulary: Vocabulary, *, faults: list[Fault] | None = None) -> None:
        self.raw, self.vocabulary = raw, vocabulary
        self.rule: Rule | None = None
        self.faults: list[Fault] = list(faults or [])
        self.focus = ""
        self._read()

    @classmethod
    def posted(cls, request: HttpRequest, vocabulary: Vocabulary) -> "RuleDraft":
        return cls(rule_of(request.POST, vocabulary), vocabulary)

    def take_step(self, asked: str) -> None:
        """What a button of the builder asked for."""
        self.focus = step(self.raw, asked, Builder(self.vocabulary).new_leaf())
        self.faults = []
        self._read()

    def _read(self) -> None:
        try:
            self.rule = parse(self.raw, self.vocabulary)
        except BadRule as bad:
            self.rule, self.faults = None, [*self.faults, *bad.faults]

    @cached_property
    def tree(self) -> Branch:
        return Builder(self.vocabulary, self.faults).draw(self.raw)

    @cached_property
    def subjects(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return Builder(self.vocabulary).subjects

    @property
    def json(self) -> str:
        return json.dumps(self.rule.json if self.rule else self.raw, indent=2, ensure_ascii=False)

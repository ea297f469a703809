"""Where copies of the checkpoints go: an address for mail, or one on the web that takes them in."""

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from consent.ledger import posting
from consent.models import CheckpointCopy

Kind = CheckpointCopy.Kind


class LedgerCopyForm(forms.ModelForm):
    kind = forms.ChoiceField(
        label=_("How"),
        choices=[(Kind.MAIL, _("A mail, once a day")), (Kind.HOOK, _("An https address that takes in each checkpoint"))],
        widget=forms.RadioSelect,
        initial=Kind.MAIL,
    )

    class Meta:
        model = CheckpointCopy
        fields = ["kind", "target"]
        labels = {"target": _("E-mail address, or address that begins with https://")}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("target") and given.get("kind"):
            self._check(given["kind"], given["target"])
        return given

    def _check(self, kind: str, target: str) -> None:
        try:
            validate_email(target) if kind == Kind.MAIL else posting.checked(target)
        except forms.ValidationError:
            self.add_error("target", _("This is no e-mail address."))
        except posting.NotPosted:
            self.add_error("target", _("Give an address that begins with https:// and holds no password."))
        if CheckpointCopy.objects.filter(kind=kind, target=target).exists():
            self.add_error("target", _("Copies go there already."))

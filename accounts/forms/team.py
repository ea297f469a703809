"""Roles for a colleague: by invitation, or changed later."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.lines import EmailField
from accounts.models import Membership
from accounts.permissions import ROLE_SAYS, ROLES, Permission, Role


class RolesForm(forms.Form):
    """Nobody gives what he does not hold: only an owner makes owners, and who may not export makes nobody who may.

    Roles that the colleague has already (`kept`) may stay.
    """

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A colleague may have several. May make and may launch are apart."),
        error_messages={"required": _("Choose at least one role.")},
    )
    may_export = forms.BooleanField(
        label=_("May export personal data"),
        required=False,
        help_text=_("Owners and privacy officers may do this by their role."),
    )

    def __init__(self, *args: Any, by: Membership, kept: Iterable[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [role for role in Role if ROLES[role] <= by.permissions or role in kept]
        self.fields["roles"].choices = [(role.value, f"{role.label}. {ROLE_SAYS[role]}") for role in offered]
        if not by.may(Permission.DATA_EXPORT):
            self.fields["may_export"].disabled = True


class InvitationForm(RolesForm):
    email = EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ["email", "roles", "may_export"]

"""Roles for a colleague: by invitation, or changed later."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.permissions import ROLE_SAYS, Permission, Role


class RolesForm(forms.Form):
    """Only an owner is offered the role of owner."""

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

    def __init__(self, *args: Any, by: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["roles"].choices = [(role.value, f"{role.label}. {ROLE_SAYS[role]}") for role in Role if _may_give(by, role)]
        if not by.may(Permission.DATA_EXPORT):
            self.fields["may_export"].disabled = True


def _may_give(by: Membership, role: Role) -> bool:
    return role is not Role.OWNER or by.may(Permission.ORGANISATION_OWN)


class InvitationForm(RolesForm):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ["email", "roles", "may_export"]

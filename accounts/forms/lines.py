"""A text of one line, and an address: what stands in the header of a mail, in a list or in a log must not bring a second line."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

BREAKS = ("Cc", "Zl", "Zp")  # control characters, line and paragraph separators


def is_one_line(text: str) -> None:
    """Raises ValidationError for a text with a line break or another control character (RFC 5322 §2.2)."""
    if any(unicodedata.category(letter) in BREAKS for letter in text):
        raise ValidationError(_("Write this on one line, without tabs."))


class LineField(forms.CharField):
    default_validators = [is_one_line]


class EmailField(forms.EmailField):
    default_error_messages = {"invalid": _("This is not an e-mail address. Is the @ missing?")}

"""A new password in, the reason why it will not do out, in our own words: Django's are not in Dutch yet."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Length makes a password strong, not odd signs (NIST SP 800-63B §5.1.1)."""

    def get_error_message(self) -> str:
        return _("This password is too short: use at least %(least)d characters. A sentence is fine.") % {"least": self.min_length}

    def get_help_text(self) -> str:
        return _("At least %(least)d characters. A sentence is fine.") % {"least": self.min_length}

"""What django-allauth says when it refuses, in our own tone: what is wrong, and what would be right."""

from django.utils.translation import gettext_lazy as _

ACCOUNT = {
    "account_inactive": _("This account is closed. Ask an owner of your organisation."),
    "cannot_remove_primary_email": _("This is your main address. Choose another main address first."),
    "duplicate_email": _("You have this address already."),
    "email_password_mismatch": _("This address and this password do not belong together. Try again, or choose a new password."),
    "email_taken": _("There is an account with this address already. Sign in instead."),
    "enter_current_password": _("Give the password you have now."),
    "incorrect_code": _("This code is not right. Codes change every 30 seconds; take the newest."),
    "incorrect_password": _("This is not your password."),
    "invalid_or_expired_key": _("This link is no longer valid. Ask for a new one."),
    "invalid_login": _("This is not an e-mail address. Is the @ missing?"),
    "invalid_password_reset": _("This link was used already, or is too old. Ask for a new one."),
    "max_email_addresses": _("You cannot have more than %d addresses."),
    "too_many_login_attempts": _("Too many tries in a short time. Wait five minutes and try again."),
    "unknown_email": _("There is no account with this address."),
    "unverified_primary_email": _("Confirm this address first: open the link we mailed."),
    "same_as_current": _("This is what you have now. Choose something else."),
    "rate_limited": _("That was quick. Wait a minute and try again."),
}

MFA = {
    "add_email_blocked": _("Your account has a second factor, so you cannot add an address. Remove the second factor first."),
    "cannot_delete_authenticator": _("You cannot remove this second factor now."),
    "cannot_generate_recovery_codes": _("Recovery codes belong to a second factor. Set one up first."),
    "incorrect_code": ACCOUNT["incorrect_code"],
    "unverified_email": _("Confirm your e-mail address first: open the link we mailed."),
}

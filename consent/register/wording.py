"""Figures and codes of the register in, plain words of the active language out. Leaves no row."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

YEAR, MONTH = 365, 30


def days(number: int | None) -> str:
    """Whole years and months where it comes out even, as people say it; 730 days are 2 years."""
    if number is None:
        return _("No end")
    if number >= YEAR and number % YEAR == 0:
        return ngettext("%(count)d year", "%(count)d years", number // YEAR) % {"count": number // YEAR}
    if number >= 2 * MONTH and number % MONTH == 0:
        return ngettext("%(count)d month", "%(count)d months", number // MONTH) % {"count": number // MONTH}
    return ngettext("%(count)d day", "%(count)d days", number) % {"count": number}


def step(name: str) -> str:
    """Of the record for a legitimate interest."""
    names = {"interest": _("The interest"), "necessity": _("Why it is needed"), "balance": _("The balance")}
    return names.get(name, name)

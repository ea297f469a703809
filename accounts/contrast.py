"""A colour in, whether people can read it out: contrast by WCAG 2.2 §1.4.3 (relative luminance)."""

import re

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

LIGHT_PAGE, DARK_PAGE = "#ffffff", "#17201d"
ENOUGH = 4.5


def ratio(one: str, other: str) -> float:
    """Contrast of two colours `#rrggbb`: from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable_on_light(colour: str) -> None:
    _refuse_unless_readable(colour, LIGHT_PAGE)


def is_readable_on_dark(colour: str) -> None:
    _refuse_unless_readable(colour, DARK_PAGE)


def _refuse_unless_readable(colour: str, page: str) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValidationError(_("Write a colour as # and six digits or letters (0-9, a-f), such as #1c4a40."))
    found = ratio(colour, page)
    if found < ENOUGH:
        message = _("Too little contrast: %(found)s to 1, and %(enough)s is needed to read. Choose a %(way)s colour.")
        way = _("darker") if page == LIGHT_PAGE else _("lighter")
        raise ValidationError(message, params={"found": _shown(found), "enough": _shown(ENOUGH), "way": way})


def _shown(number: float) -> str:
    return number_format(round(number, 1), 1)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

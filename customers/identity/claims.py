"""What a message says of who it is about, in; the normalised claim out. Raises BadValue with what would be right."""

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

import phonenumbers
from django.utils.translation import gettext as _

from customers.models import Identifier, Source
from customers.values import UNSTORABLE, BadValue

EXTERNAL, EMAIL, PHONE, ANONYMOUS = (kind.value for kind in Identifier.Kind)  # plain words: a claim is hashed often
LONGEST = 254
ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@(?:[^@\s.,;<>\"]+\.)+[^@\s.,;<>\"]{2,63}")
E164 = re.compile(r"\+[1-9][0-9]{7,14}")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")  # come along when an address is copied from a page


class Claim(NamedTuple):
    kind: str
    space: int  # for an external id: the source whose number it is; else 0
    value: str  # normalised


def email(raw: str) -> Claim:
    """Lower case, accents in one way (RFC 6532 §3.1); what stands behind a + stays: that is another mailbox (RFC 5233)."""
    said = raw.strip().lower()
    if not said.isascii():
        said = normalize("NFC", UNSEEN.sub("", said).strip())
    if len(said) > LONGEST or not ADDRESS.fullmatch(said):
        raise BadValue(_("This is not an e-mail address. Is the @ missing?"))
    return Claim(EMAIL, 0, _storable(said))


def phone(raw: str, country: str) -> Claim:
    """E.164 (ITU-T). `country`: of a number that names none, as NL."""
    said = raw.strip()
    if E164.fullmatch(said) and (code := _calling_code(said)) and _stays(code, len(said), said[len(code) + 1]):
        return Claim(PHONE, 0, said)
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        raise BadValue(_("This is not a phone number.")) from None
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or not E164.fullmatch(normal):
        raise BadValue(_("Too short or too long for a phone number."))
    return Claim(PHONE, 0, normal)


def external(raw: str, source: Source) -> Claim:
    """The number by which a source knows a customer, in the space of that source."""
    return Claim(EXTERNAL, source.id_space, _id(raw))


def anonymous(raw: str) -> Claim:
    """The id that a site gave a device."""
    return Claim(ANONYMOUS, 0, _id(raw))


def _id(raw: str) -> str:
    said = raw.strip()
    if not said:
        raise BadValue(_("This id is empty."))
    if len(said) > LONGEST:
        raise BadValue(_("Longer than %(most)s characters.") % {"most": LONGEST})
    return _storable(said)


def _storable(said: str) -> str:
    if UNSTORABLE.search(said):
        raise BadValue(_("Holds a character that is no text."))
    return said


def _calling_code(number: str) -> str:
    return next((number[1:end] for end in (2, 3, 4) if int(number[1:end]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")


@lru_cache(maxsize=10_000)
def _stays(code: str, length: int, first: str) -> bool:
    """Whether a number written as E.164 stays as it is: looked at once for a country, a length and a first digit (it takes 40 µs)."""
    if first == "0":
        return False
    number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(first + "0" * (length - len(code) - 2)))
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE

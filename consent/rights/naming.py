"""What somebody was known by in; how a text that a source sent may spell it, and the condition in SQL that finds it, out. Leaves no row.

A text names somebody when it has one of these on its own: "joann@example.com" does not name "ann@example.com".
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

import phonenumbers

from customers.identity import Claim
from customers.models import Identifier

SHORTEST = 4  # shorter numbers stand in every text

# {column} holds one of the words on its own (after an escape of JSON as well), or the digits of a number of a phone however it is written.
NAMED = (
    "EXISTS (SELECT FROM unnest(%(words)s::text[], %(patterns)s::text[]) w(word, pattern)"
    " WHERE strpos(lower({column}), word) > 0 AND lower({column}) ~ pattern)"
    " OR EXISTS (SELECT FROM unnest(%(digits)s::text[]) d(digits) WHERE strpos(regexp_replace({column}, '[ ()./-]', '', 'g'), digits) > 0)"
)
ALONE = r"(^|[^a-z0-9]|\\[nrtbf]|\\u[0-9a-f]{{4}}){word}($|[^a-z0-9])"


class Words(NamedTuple):
    words: list[str]
    patterns: list[str]  # of each word, standing alone
    digits: list[str]


def of(claims: Iterable[Claim]) -> Words:
    plain = {claim.value.lower() for claim in claims if len(claim.value) >= SHORTEST}
    words = sorted(plain | {json.dumps(word)[1:-1] for word in plain})  # as JSON writes an accent
    digits = {_digits(claim.value) for claim in claims if claim.kind == Identifier.Kind.PHONE}
    return Words(words, [ALONE.format(word=re.escape(word)) for word in words], sorted(digits))


def _digits(number: str) -> str:
    """Without the country: +31 6 12 34 56 78 and 06-12345678 have these in common."""
    return str(phonenumbers.parse(number).national_number)

"""The words a rule may use: attributes, events and segments of the tenant; with the nearest one for a word it does not know."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import Tenant
from customers import catalogue
from customers.models import Attribute, EventType, Segment


class Unknown(ValueError):
    """A word that is in no catalogue. The text names the nearest one that is."""


@dataclass(frozen=True)
class Vocabulary:
    """Loaded with a few queries; hand it on rather than load it again."""

    tenant: Tenant
    attributes: dict[str, Attribute]
    event_types: dict[str, EventType]
    segments: dict[int, Segment]

    @classmethod
    def load(cls) -> "Vocabulary":
        return cls(
            tenancy.current(),
            catalogue.attributes(),
            catalogue.event_types(),
            {row.pk: row for row in Segment.objects.in_use()},
        )

    @cached_property
    def _segments_by_word(self) -> dict[str, Segment]:
        return {**{row.name: row for row in self.segments.values()}, **{row.public_id: row for row in self.segments.values()}}

    def attribute(self, key: str) -> Attribute:
        """Raises Unknown."""
        if key not in self.attributes:
            raise Unknown(_("There is no attribute “%(word)s”.") % {"word": key} + _nearest(key, self.attributes))
        return self.attributes[key]

    def event_type(self, name: str) -> EventType:
        """Raises Unknown."""
        if name not in self.event_types:
            raise Unknown(_("There is no event “%(word)s”.") % {"word": name} + _nearest(name, self.event_types))
        return self.event_types[name]

    def segment(self, word: str) -> Segment:
        """By id or by name. Raises Unknown."""
        if word not in self._segments_by_word:
            names = (row.name for row in self.segments.values())
            raise Unknown(_("There is no segment “%(word)s”.") % {"word": word} + _nearest(word, names))
        return self._segments_by_word[word]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like it, or nothing."""
    by_folded = {each.casefold().replace("_", " "): each for each in known}
    found = difflib.get_close_matches(word.casefold().replace("_", " "), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def _nearest(word: str, known: Iterable[str]) -> str:
    found = nearest(word, known)
    return " " + _("Do you mean “%(word)s”?") % {"word": found} if found else ""

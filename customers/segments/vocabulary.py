"""The words a rule may use: attributes, events and segments of the tenant; with the nearest one for a word it does not know."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import Tenant
from customers import catalogue, visibility
from customers.models import Attribute, EventType, LifecycleRule, Segment


class Unknown(ValueError):
    """A word that is in no catalogue. The text names the nearest one that is."""


@dataclass(frozen=True)
class Vocabulary:
    """Loaded with a few queries; hand it on rather than load it again."""

    tenant: Tenant
    attributes: dict[str, Attribute]
    event_types: dict[str, EventType]
    segments: dict[int, Segment]
    purpose: str = ""
    scores_for: str = ""

    @classmethod
    def load(cls, purpose: str = "") -> "Vocabulary":
        """`purpose`: key of what the rule is made for; "" for an overview, which may use every word."""
        rule = LifecycleRule.objects.first() if purpose else None
        return cls(
            tenancy.current(),
            catalogue.attributes(),
            catalogue.event_types(),
            {row.pk: row for row in Segment.objects.in_use()},
            purpose,
            rule.purpose if rule else "",
        )

    @cached_property
    def _segments_by_word(self) -> dict[str, Segment]:
        return {**{row.name: row for row in self.segments.values()}, **{row.public_id: row for row in self.segments.values()}}

    def attribute(self, key: str) -> Attribute:
        """Raises Unknown."""
        if key not in self.attributes:
            raise Unknown(_("There is no attribute “%(word)s”.") % {"word": key} + _nearest(key, self.attributes))
        return self._allowed(self.attributes[key], key)

    def event_type(self, name: str) -> EventType:
        """Raises Unknown."""
        if name not in self.event_types:
            raise Unknown(_("There is no event “%(word)s”.") % {"word": name} + _nearest(name, self.event_types))
        return self._allowed(self.event_types[name], name)

    def segment(self, word: str) -> Segment:
        """By id or by name. Raises Unknown."""
        if word not in self._segments_by_word:
            names = (row.name for row in self.segments.values())
            raise Unknown(_("There is no segment “%(word)s”.") % {"word": word} + _nearest(word, names))
        return self._same_purpose(self._segments_by_word[word])

    def check_scores(self) -> None:
        """Raises Unknown where scores are made for no purpose, and this rule is for one."""
        if self.purpose and not self.scores_for:
            raise Unknown(_("Scores are made as an overview only. Choose what they may be used for, with the thresholds."))

    def _allowed[T: (Attribute, EventType)](self, row: T, word: str) -> T:
        """Raises Unknown for what may not be used for the purpose (PL4)."""
        if self.purpose and self.purpose not in row.purposes:
            raise Unknown(_("“%(word)s” may not be used for “%(purpose)s”.") % {"word": word, "purpose": self._purpose_title})
        return row

    def _same_purpose(self, segment: Segment) -> Segment:
        """Built on a segment for something else, a rule would use what it may not. A list for nothing in particular is fine."""
        is_plain_list = segment.kind == Segment.Kind.LIST and not segment.purpose
        if self.purpose and not is_plain_list and segment.purpose != self.purpose:
            said = {"name": segment.name, "purpose": self._purpose_title}
            raise Unknown(_("“%(name)s” is not made for “%(purpose)s”.") % said)
        return segment

    @cached_property
    def _purpose_title(self) -> str:
        return visibility.title(self.purpose)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like it, or nothing."""
    by_folded = {each.casefold().replace("_", " "): each for each in known}
    found = difflib.get_close_matches(word.casefold().replace("_", " "), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def _nearest(word: str, known: Iterable[str]) -> str:
    found = nearest(word, known)
    return " " + _("Do you mean “%(word)s”?") % {"word": found} if found else ""

"""Two contents of the public page in, what went and what came out, in words; and whom the change concerns (TP2, TP7). Leaves no row."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from consent import terms
from consent.models import Channel, PurposeVersion
from consent.register import jsonld, wording
from consent.register.comparing import Difference, in_words

Content = dict[str, Any]
BASES = {"eprivacy_basis": PurposeVersion.EPrivacy, "gdpr_basis": PurposeVersion.Gdpr}


def difference(before: Content | None, after: Content) -> Difference:
    """In the active language; nothing is compared with nothing."""
    if not before:
        return Difference([], [])
    old, new = Counter(lines(before)), Counter(lines(after))
    return Difference(list((old - new).elements()), list((new - old).elements()))


def lines(content: Content) -> list[str]:
    """A content, a clause each."""
    return [*_organisation(content), *(line for purpose in content.get("purposes", []) for line in _purpose(purpose))]


def concerned(before: Content | None, after: Content) -> list[str]:
    """Keys of the purposes whose customers must be told: more data, other eyes, another ground, kept longer (Art. 13(3))."""
    known = {purpose["key"]: purpose for purpose in (before or {}).get("purposes", [])}
    return [new["key"] for new in after.get("purposes", []) if _wider(known.get(new["key"]), new)]


def _organisation(content: Content) -> Iterator[str]:
    yield _("Organisation: %(who)s") % {"who": in_words(content.get("controller", {}))}
    yield _("Complaints: %(who)s") % {"who": content.get("authority", {}).get("name", "")}
    yield from (_("Mail comes from: %(address)s") % {"address": each} for each in content.get("senders", []))
    yield from (_("Copies of checkpoints: %(where)s") % {"where": each} for each in content.get("copies", []))


def _purpose(purpose: Content) -> Iterator[str]:
    name = jsonld.title(purpose)
    yield from (f"{name}: {line}" for line in _clauses(purpose))


def _clauses(purpose: Content) -> Iterator[str]:
    channels, names = dict(Channel.choices), dict(settings.LANGUAGES)
    yield from (f"{names.get(language, language)}: {in_words(text)}" for language, text in purpose["texts"].items())
    yield from (str(labels(purpose[basis]).label) for basis, labels in BASES.items())
    yield from (str(channels.get(each, each)) for each in purpose["channels"])
    yield from (_("uses %(data)s") % {"data": terms.data_label(each)} for each in purpose["data_categories"])
    yield from (_("uses %(data)s") % {"data": each["label"]} for each in purpose["attributes"])
    yield from (_("uses %(data)s") % {"data": each} for each in purpose["events"])
    yield from (_("comes from %(source)s") % {"source": each} for each in purpose["sources"])
    yield from (_("also seen by %(who)s") % {"who": in_words(each)} for each in purpose["recipients"])
    yield from (_("also seen by %(who)s") % {"who": each} for each in purpose["partners"])
    yield from (_("goes to %(where)s") % {"where": in_words(each)} for each in purpose["transfers"])
    yield _("kept: %(how_long)s") % {"how_long": in_words({"days": wording.days(purpose["kept_days"]), "why": purpose["kept_reason"]})}
    yield from (f"{wording.step(step)}: {said}" for step, said in purpose["interest"].items())


def _wider(old: Content | None, new: Content) -> bool:
    """Whether it reaches further than what customers were told; a new purpose asks anew by itself."""
    if old is None:
        return False
    grown = set(new["data_categories"]) - set(old["data_categories"]) or set(jsonld.recipients(new)) - set(jsonld.recipients(old))
    moved = any(old[basis] != new[basis] for basis in BASES) or bool(new["transfers"] and new["transfers"] != old["transfers"])
    endless = 10**9
    return bool(grown) or moved or (new["kept_days"] or endless) > (old["kept_days"] or endless)

"""Two versions of a purpose in, what went and what came out, in words; and whether it is more than words. Leaves no row."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from consent import terms
from consent.models import Channel, PurposeVersion

LISTS = ("sources", "recipients", "transfers")
PLAIN = (
    *("kept_days", "kept_reason", "valid_days", "security", "assessment_url", "owner", "review_on"),
    *("similar_products", "free_account_reason"),
)
BASES = ("eprivacy_basis", "gdpr_basis")


class Difference(NamedTuple):
    removed: list[str]
    added: list[str]


def difference(before: PurposeVersion | None, after: PurposeVersion) -> Difference:
    """Everything is new against nothing."""
    old, new = Counter(lines(before) if before else []), Counter(lines(after))
    return Difference(list((old - new).elements()), list((new - old).elements()))


def lines(version: PurposeVersion) -> list[str]:
    """A version, a clause each."""
    return [*_texts(version), *_bases(version), *_data(version), *_lists(version), *_interest(version), *_plain(version)]


def reaches_further(before: PurposeVersion, after: PurposeVersion) -> list[str]:
    """What makes an earlier yes a yes to something else: in words, empty when only words changed (Art. 6(4), 13(3) GDPR)."""
    found = []
    if before.dpv_term != after.dpv_term:
        found.append(_("It is for something else."))
    if set(after.data_categories) - set(before.data_categories):
        found.append(_("More data are used."))
    if names_of(after) - names_of(before):
        found.append(_("Others see the data who did not before."))
    if any(getattr(before, basis) != getattr(after, basis) for basis in BASES):
        found.append(_("The reason why it is allowed is another."))
    if (after.kept_days is None and before.kept_days is not None) or (after.kept_days or 0) > (before.kept_days or after.kept_days or 0):
        found.append(_("Data are kept longer."))
    return found


def names_of(version: PurposeVersion) -> set[str]:
    """Those who see the data besides the organisation."""
    return {each.get("name", "") for each in version.recipients}


def _texts(version: PurposeVersion) -> Iterator[str]:
    names = dict(settings.LANGUAGES)
    parts = {
        "title": _("Title"),
        "text": _("What for"),
        "label": _("Beside the control"),
        "withdrawal": _("How to stop"),
        "kept": _("Why that long"),
        "from": _("Where from"),
    }
    for language, text in version.texts.items():
        yield from (f"{parts[part]} ({names.get(language, language)}): {text[part]}" for part in parts if text.get(part))


def _bases(version: PurposeVersion) -> Iterator[str]:
    for name in BASES:
        yield f"{label(name)}: {getattr(version, f'get_{name}_display')()}"
    yield f"{label('dpv_term')}: {terms.PURPOSES.get(version.dpv_term, version.dpv_term)}"


def _data(version: PurposeVersion) -> Iterator[str]:
    channels = dict(Channel.choices)
    yield from (f"{label('channels')}: {channels.get(each, each)}" for each in version.channels)
    yield from (f"{label('data_categories')}: {terms.data_label(each)}" for each in version.data_categories)
    for name in ("needs_confirmation", "joins_visits"):
        if getattr(version, name):
            yield label(name)


def _lists(version: PurposeVersion) -> Iterator[str]:
    heads = {"sources": _("Where from"), "recipients": _("Also seen by"), "transfers": _("Outside Europe")}
    for name in LISTS:
        yield from (f"{heads[name]}: {in_words(each)}" for each in getattr(version, name))


def in_words(line: dict[str, str]) -> str:
    return ", ".join(str(line[key]) for key in sorted(line, key=_place) if line[key])


# The order in which the parts of an object are said; others follow by name. What the database gives back has an order of its own.
PARTS = (
    *("legal_name", "name", "days", "title", "text", "label", "withdrawal", "role"),
    *("street", "postal_code", "city", "country", "registration_number", "privacy_email", "safeguard"),
)


def _place(key: str) -> tuple[int, str]:
    return (PARTS.index(key) if key in PARTS else len(PARTS), key)


def _interest(version: PurposeVersion) -> Iterator[str]:
    heads = {"interest": _("The interest"), "necessity": _("Why it is needed"), "balance": _("The balance")}
    yield from (f"{heads[step]}: {version.interest[step]}" for step in heads if version.interest.get(step))


def _plain(version: PurposeVersion) -> Iterator[str]:
    yield from (f"{label(name)}: {getattr(version, name)}" for name in PLAIN if getattr(version, name) not in (None, ""))


def label(name: str) -> Any:
    return str(PurposeVersion._meta.get_field(name).verbose_name)

"""A version of a form and a language in; its texts, the boxes to tick, and the seal of what was shown, out. Leaves no row."""

import hashlib
from typing import NamedTuple

from accounts import tenancy
from consent import notices
from consent.models import Channel, ConsentFormVersion, Purpose
from consent.portal import offered, wording


class Box(NamedTuple):
    """One purpose by one channel: never ticked beforehand, never required (CC1), with all that belongs beside it (CC2)."""

    name: str
    title: str
    text: str
    label: str
    channel: str
    withdrawal: str


def texts(version: ConsentFormVersion, language: str) -> dict[str, str]:
    """In that language, or else in the first one it has."""
    known = version.content["texts"]
    wanted = [language, *tenancy.current().languages, *known]
    return next(known[each] for each in wanted if each in known)


def of(version: ConsentFormVersion, language: str) -> list[Box]:
    """Those that can still be said yes to; a purpose that was put away since is not shown."""
    return [_box(purpose, channel, language) for purpose, channel in offers(version)]


def offers(version: ConsentFormVersion) -> list[tuple[Purpose, str]]:
    keys = [key for key, _channel in version.content["purposes"]]
    live = {each.key: each for each in Purpose.objects.live().select_related("version").filter(key__in=keys)}
    return [(live[key], channel) for key, channel in version.content["purposes"] if key in live and channel in live[key].version.channels]


def seal(version: ConsentFormVersion, language: str) -> str:
    """Of everything that is shown. It comes back with the answer: only what was read is said yes to (CR2)."""
    words = [notices.words(purpose.version, language) + channel for purpose, channel in offers(version)]
    said = "\x1f".join([version.public_id, str(version.number), language, *texts(version, language).values(), *words])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _box(purpose: Purpose, channel: str, language: str) -> Box:
    text = purpose.version.text_in(language)
    name = offered.name_of(purpose.key, channel)
    return Box(name, text["title"], text["text"], text["label"], wording.channel(Channel(channel)), text["withdrawal"])

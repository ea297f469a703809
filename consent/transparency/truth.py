"""The published page in, where it no longer says what is enabled out (TP4). Leaves a line in the log of the installation each night."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts import tenancy
from consent.register import jsonld
from consent.transparency import content, publishing

log = logging.getLogger(__name__)


def drift() -> list[str]:
    """A sentence each; empty when it is true, and while nothing was ever published."""
    published = publishing.said(publishing.newest())
    return list(_compare(published, content.now())) if published else []


def _compare(published: dict[str, Any], real: dict[str, Any]) -> Iterator[str]:
    for name, words in (("senders", _("mail from %(what)s")), ("copies", _("copies of checkpoints to %(what)s"))):
        yield from _sets(_named(published.get(name, [])), _named(real[name]), words)
    old = {each["key"]: each for each in published.get("purposes", [])}
    new = {each["key"]: each for each in real["purposes"]}
    yield from _sets(_titles(old), _titles(new), _("the purpose %(what)s"))
    for key in [key for key in new if key in old]:
        words = _("%(who)s for %(purpose)s") % {"who": "%(what)s", "purpose": jsonld.title(new[key]).replace("%", "%%")}
        yield from _sets(_named(jsonld.recipients(old[key])), _named(jsonld.recipients(new[key])), words)


def _named(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _titles(purposes: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {key: jsonld.title(each) for key, each in purposes.items()}


def _sets(listed: dict[str, str], enabled: dict[str, str], words: str) -> Iterator[str]:
    """By what they are, said by their names."""
    for each in sorted(enabled.keys() - listed.keys()):
        yield _("The page does not name %(thing)s.") % {"thing": words % {"what": enabled[each]}}
    for each in sorted(listed.keys() - enabled.keys()):
        yield _("The page still names %(thing)s.") % {"thing": words % {"what": listed[each]}}


def check() -> int:
    """Each night: how many things the page of this tenant says wrong. Names stay out of the log of the installation."""
    found = drift()
    if found:
        log.warning("transparency page differs from what is enabled", extra={"tenant": tenancy.current().slug, "differences": len(found)})
    return len(found)

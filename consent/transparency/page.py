"""A version of the public page in, what its template shows in the active language out. Leaves no row."""

from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts import tenancy
from consent import terms
from consent.models import Channel, Purpose, TransparencyVersion
from consent.register import jsonld, wording
from consent.register.comparing import Difference, in_words
from consent.transparency import authorities, comparing, publishing
from consent.transparency.content import controller, now

MOST = 100


class Line(NamedTuple):
    """One purpose, as a reader wants to know it."""

    key: str
    title: str
    text: str
    withdrawal: str
    because: str
    needed: str
    channels: str
    uses: str
    sources: str
    others: list[str]
    transfers: list[str]
    kept: str
    kept_why: str
    interest: list[tuple[str, str]]
    is_profiling: bool


class Shown(NamedTuple):
    """`changes`: against the version before. `number` 0: nothing was published yet."""

    number: int
    sha256: str
    since: date | None
    controller: dict[str, str]
    authority: dict[str, str]
    lines: list[Line]
    senders: list[str]
    copies: list[str]
    changes: Difference

    @property
    def profiles(self) -> bool:
        return any(line.is_profiling for line in self.lines)


def current() -> Shown:
    return of(publishing.newest())


def of(version: TransparencyVersion | None) -> Shown:
    """Of a version, or of who we are and no more while there is none."""
    if version is None:
        return shown({"controller": controller(), "authority": authorities.of(tenancy.current().country)._asdict()})
    before = TransparencyVersion.objects.filter(number__lt=version.number).order_by("-number").first()
    return shown(publishing.said(version) or {}, before=publishing.said(before), version=version)


def preview() -> Shown:
    """As it would be published now, with what that changes."""
    return shown(now(), before=publishing.said(publishing.newest()))


def versions() -> list[TransparencyVersion]:
    return list(TransparencyVersion.objects.order_by("-number").defer("content")[:MOST])


def shown(content: dict[str, Any], *, before: dict[str, Any] | None = None, version: TransparencyVersion | None = None) -> Shown:
    return Shown(
        number=version.number if version else 0,
        sha256=version.sha256 if version else "",
        since=version.published_at if version else None,
        controller=content.get("controller", {}),
        authority=content.get("authority", {}),
        lines=[line(each) for each in content.get("purposes", [])],
        senders=content.get("senders", []),
        copies=content.get("copies", []),
        changes=comparing.difference(before, content),
    )


def line(purpose: dict[str, Any]) -> Line:
    text = _text(purpose)
    return Line(
        key=purpose["key"],
        title=text["title"],
        text=text["text"],
        withdrawal=text["withdrawal"],
        because=because(purpose),
        needed=needed(purpose),
        channels=", ".join(str(Channel(each).label) for each in purpose["channels"]),
        uses=", ".join(dict.fromkeys(terms.data_label(each) for each in purpose["data_categories"])),
        sources=text["from"] or ", ".join(purpose["sources"]),
        others=[*(_other(each) for each in purpose["recipients"]), *_partners(purpose)],
        transfers=[in_words(each) for each in purpose["transfers"]],
        kept=wording.days(purpose["kept_days"]),
        kept_why=text["kept"] or purpose["kept_reason"],
        interest=[(wording.step(step), said) for step, said in purpose["interest"].items()],
        is_profiling=purpose["kind"] == Purpose.Kind.PROFILING,
    )


def because(purpose: dict[str, Any]) -> str:
    """The ground, as a customer would say it (Art. 13(1)(c))."""
    if purpose["eprivacy_basis"] == "soft_opt_in":
        return _("You are our customer: we may write about similar products until you say no")
    return {
        "consent": _("Your consent"),
        "contract": _("Our agreement with you"),
        "legal_obligation": _("The law asks it of us"),
        "legitimate_interest": _("Our interest, weighed against yours"),
    }[purpose["gdpr_basis"]]


def needed(purpose: dict[str, Any]) -> str:
    """Whether somebody has to give the data, and what happens if not (Art. 13(2)(e))."""
    return {
        "consent": _("You need not give these data. Without them we leave this out, and nothing else changes."),
        "contract": _("Without these data we cannot do what we agreed with you."),
        "legal_obligation": _("The law says that we must have these data."),
        "legitimate_interest": _("You need not give these data, and you may object."),
    }[purpose["gdpr_basis"]]


def _text(purpose: dict[str, Any]) -> dict[str, str]:
    empty = {"title": jsonld.title(purpose), "text": "", "withdrawal": "", "kept": "", "from": ""}
    language = jsonld.language_of(purpose)
    return empty | purpose["texts"].get(language, {})


def _other(party: dict[str, str]) -> str:
    """Mailhuis B.V. (sends our mail, NL)"""
    rest = ", ".join(filter(None, (party.get("role", ""), party.get("country", ""))))
    return f"{party.get('name', '')} ({rest})" if rest else party.get("name", "")


def _partners(purpose: dict[str, Any]) -> list[str]:
    named = {each.get("name") for each in purpose["recipients"]}
    return [_("%(name)s (connected program)") % {"name": each} for each in purpose["partners"] if each not in named]

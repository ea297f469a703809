"""A customer in, the page of choices out: for each purpose and channel what stands, since when, how it came about, and its text."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from consent import choices
from consent.choices import Happened, Line, PurposeChoices
from consent.models import ALLOWING, Channel, Notice, Purpose, PurposeVersion, Reason, State
from consent.portal import wording
from customers.models import Customer

ICONS = {
    Channel.EMAIL: "envelope",
    Channel.SMS: "chat-left-text",
    Channel.PUSH: "bell",
    Channel.POST: "mailbox",
    Channel.PHONE: "phone",
    Channel.SITE: "laptop",
    Channel.ALL: "check2-square",
}
# The gate meets these before it asks what was said.
BEFORE_THE_WORD = (Reason.RESTRICTED, Reason.ERASED, Reason.SUPPRESSED, Reason.BOUNCED, Reason.UNREACHABLE)
AFTER_THE_WORD = (Reason.ALLOWED, Reason.UNNOTIFIED, Reason.PAUSED)


class Switch(NamedTuple):
    """One purpose on one channel. `name` is its place on the page; `notice` the text that was shown when the choice was made."""

    name: str
    channel: str
    label: str
    icon: str
    is_yes: bool
    says: str
    but: str  # what stands in the way of a yes; "" = nothing
    notice: Notice | None


class Section(NamedTuple):
    purpose: Purpose
    version: PurposeVersion
    text: dict[str, str]
    basis: str
    kept: str
    switches: list[Switch]


class Offer(NamedTuple):
    """`services`: what comes without a choice, told and not switched. `is_silent`: nothing is on."""

    sections: list[Section]
    services: list[Section]
    is_silent: bool


def to(customer: Customer) -> Offer:
    happened = {each.event_id: each for each in choices.history(customer.pk)}
    shown = notices_of(happened.values())
    sections = [_section(each, happened, shown) for each in choices.of_customer(customer.pk)]
    chosen = [each for each in sections if each.purpose.kind != Purpose.Kind.SERVICE]
    services = [each for each in sections if each.purpose.kind == Purpose.Kind.SERVICE]
    return Offer(chosen, services, not any(switch.is_yes for each in chosen for switch in each.switches))


def name_of(purpose_key: str, channel: str) -> str:
    return f"{purpose_key}.{channel}"


def is_yes(line: Line, version: PurposeVersion) -> bool:
    """What the customer said, whatever else stands in its way."""
    if line.reason in AFTER_THE_WORD:
        return True
    if line.reason not in BEFORE_THE_WORD:
        return False
    if line.state is None:
        return not version.asks_consent and version.eprivacy_basis == version.EPrivacy.NOT_NEEDED
    return line.state.state in ALLOWING and (line.state.until is None or line.state.until > timezone.now())


def _section(each: PurposeChoices, happened: dict[str, Happened], shown: dict[str, Notice]) -> Section:
    switches = [_switch(each, line, happened.get(str(line.state.event_id)) if line.state else None, shown) for line in each.lines]
    return Section(each.purpose, each.version, each.text, wording.basis(each.version), wording.kept(each.version.kept_days), switches)


def _switch(each: PurposeChoices, line: Line, event: Happened | None, shown: dict[str, Notice]) -> Switch:
    on, channel = is_yes(line, each.version), Channel(line.channel)
    notice = shown.get(event.fields.get("notice_sha256", "")) if event else None
    but = wording.of_reason(line.reason) if on and line.reason != Reason.ALLOWED else ""
    says = _says(line, on, event)
    return Switch(name_of(each.purpose.key, channel), channel, wording.channel(channel), ICONS[channel], on, says, but, notice)


def _says(line: Line, on: bool, event: Happened | None) -> str:
    """ "Yes since 12 March 2024, with a form, until 12 March 2026"."""
    state = line.state
    if state is None:
        return _("Yes, until you say no") if on else _("Not asked yet, so no")
    words = {"date": _day(state.since), "how": wording.method(event.fields.get("method", "")) if event else ""}
    if on:
        return _joined(_("Yes since %(date)s") % words, words["how"], _until(state.until))
    if state.state in ALLOWING:
        return _("Your yes no longer holds, so no")
    if state.state == State.EXPIRED:
        return _("Your yes ended on %(date)s, so no") % words
    if state.state in (State.REQUESTED, State.UNKNOWN, State.DEFERRED):
        return _("Not confirmed yet, so no")
    return _joined(_("No since %(date)s") % words, words["how"])


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _until(until: datetime | None) -> str:
    return _("until %(date)s") % {"date": _day(until)} if until else ""


def _day(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATE_FORMAT")


def notices_of(happened: Iterable[Happened]) -> dict[str, Notice]:
    """What was shown then, by its hash, in one query."""
    wanted = {each.fields["notice_sha256"] for each in happened if each.fields.get("notice_sha256")}
    return {notice.sha256: notice for notice in Notice.objects.filter(sha256__in=wanted)}


def find(name: str) -> tuple[Purpose, str] | None:
    """The purpose and channel of a switch by its name; nothing when there is none such."""
    key, _dot, channel = name.partition(".")
    return next((found for found in find_all(key) if found[1] == channel), None)


def find_all(purpose_key: str) -> list[tuple[Purpose, str]]:
    """The purpose on each of its channels; none for service messages, which have no switch."""
    purpose = Purpose.objects.live().select_related("version").filter(key=purpose_key).exclude(kind=Purpose.Kind.SERVICE).first()
    return [(purpose, channel) for channel in purpose.version.channels] if purpose else []

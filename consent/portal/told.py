"""A customer in; every choice ever made, and every time we asked whether we might, out, in words. Leaves no row."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from consent import choices
from consent.choices import Happened
from consent.models import Channel, Decision, Notice, Purpose, Reason
from consent.portal import offered, wording
from customers import provenance
from customers.models import Customer

SIZE = 50


class Step(NamedTuple):
    event_id: str
    at: datetime
    what: str
    answer: str
    how: str
    notice: Notice | None
    is_choice: bool  # of a purpose: there is a receipt of it


class Steps(NamedTuple):
    rows: list[Step]
    next: str  # where older ones begin; "" = there are none


class Answer(NamedTuple):
    """May this message go? `event_id`: the choice that said so; "" where none did."""

    at: datetime
    what: str
    icon: str
    channel: str
    is_allowed: bool
    answer: str
    why: str
    event_id: str


def history(customer: Customer, *, before: str = "") -> Steps:
    """`before`: a `Steps.next`; one that makes no sense shows the newest."""
    everything = choices.history(customer.pk)
    begins = next((place for place, each in enumerate(everything) if each.event_id == before), 0)
    shown = everything[begins : begins + SIZE]
    titles, notices = titles_of_purposes(), offered.notices_of(shown)
    rows = [_step(each, titles, notices) for each in shown]
    return Steps(rows, everything[begins + SIZE].event_id if len(everything) > begins + SIZE else "")


def is_of(customer: Customer, event_id: UUID) -> bool:
    return any(each.event_id == str(event_id) for each in choices.history(customer.pk))


def decisions(customer: Customer) -> QuerySet:
    """For paging; see `answer`."""
    return Decision.objects.filter(customer_id__in=provenance.rows_of(customer)).select_related("purpose__version")


def answer(decision: Decision) -> Answer:
    channel = Channel(decision.channel)
    return Answer(
        decision.at,
        str(decision.purpose),
        offered.ICONS[channel],
        wording.channel(channel),
        decision.reason == Reason.ALLOWED,
        wording.answer(decision.reason),
        wording.of_decision(decision.reason, decision.event_id is not None),
        str(decision.event_id or ""),
    )


def titles_of_purposes() -> dict[str, str]:
    return {purpose.key: str(purpose) for purpose in Purpose.objects.select_related("version")}


def _step(each: Happened, titles: dict[str, str], notices: dict[str, Notice]) -> Step:
    what, said = in_words(each.fields, titles)
    how, notice = wording.method(each.fields.get("method", "")), notices.get(each.fields.get("notice_sha256", ""))
    return Step(each.event_id, each.at, what, said, how, notice, notice is not None and "state" in each.fields)


def in_words(fields: dict[str, str], titles: dict[str, str]) -> tuple[str, str]:
    """What an event of the log is about, and what was said of it."""
    kind = fields.get("kind", "consent")
    if kind == "frequency":
        often = wording.how_often(int(fields["most"]), fields["per"]) if fields.get("most") else _("as many as you send")
        return _("At most"), often
    if kind in ("hold", "release"):
        is_over = kind == "release"
        until = _("until %(date)s") % {"date": _day(fields["until"])} if fields.get("until") else ""
        return wording.hold(fields.get("hold", ""), is_over=is_over), until
    purpose, channel = fields.get("purpose", ""), fields.get("channel", "")
    place = wording.channel(channel) if channel in Channel.values else ""
    return ", ".join(part for part in (titles.get(purpose, purpose), place) if part), wording.state(fields.get("state", ""))


def _day(moment: str) -> str:
    return formats.date_format(datetime.fromisoformat(moment), "DATE_FORMAT")

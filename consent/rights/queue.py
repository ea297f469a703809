"""Requests in, what a colleague sees of them out: the queue by due day, figures, and the steps of one. Leaves no row."""

from datetime import date, datetime
from statistics import median
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import tenancy
from consent.models import AccessPackage, RightsRequest
from consent.rights import clock, requests, wording
from customers.models import Customer

Kind, Status = RightsRequest.Kind, RightsRequest.Status
SHOWN = 200  # of those that are open: the most urgent


class State(NamedTuple):
    kind: str  # of the tag `state`
    word: str
    mark: str = ""


class Line(NamedTuple):
    request: RightsRequest
    what: str
    customer: Customer | None
    state: State


class Tiles(NamedTuple):
    open: int
    soon: int
    late: int
    answered: int
    answered_late: int
    usual_days: int | None


class Step(NamedTuple):
    """`mark`: done, now or later."""

    mark: str
    text: str


class Opened(NamedTuple):
    """What may be done with it now, and what is known."""

    line: Line
    steps: list[Step]
    package: AccessPackage | None
    may_extend: bool
    may_refuse: bool
    is_restricting: bool
    may_lift: bool
    lift_on: datetime | None


def open_ones() -> "QuerySet[RightsRequest]":
    return RightsRequest.objects.filter(status=Status.OPEN).order_by("due_on", "pk")[:SHOWN]


def answered(rows: "QuerySet[RightsRequest]") -> "QuerySet[RightsRequest]":
    return rows.exclude(status=Status.OPEN)


def lines(rows: list[RightsRequest]) -> list[Line]:
    """With who asked, in as many queries as for one."""
    asked = Customer.objects.filter(pk__in={each.customer_id for each in rows})
    found = {row.pk: row.root for row in asked}
    roots, names, today = Customer.objects.in_bulk(set(found.values())), wording.Names(), _today()
    return [Line(each, wording.asked(each, names), roots.get(found.get(each.customer_id, 0)), state(each, today)) for each in rows]


def state(request: RightsRequest, today: date) -> State:
    if request.status == Status.OPEN:
        return _of_open((request.due_on - today).days)
    if request.status == Status.REFUSED:
        return State("refused", _("Refused"))
    if request.status == Status.DROPPED:
        return State("draft", _("Taken back"))
    days = (request.decided_at - request.received_at).days
    return State("allowed", ngettext("Done in %(days)d day", "Done in %(days)d days", days) % {"days": days} if days else _("Done at once"))


def _of_open(days: int) -> State:
    if days < 0:
        return State("refused", ngettext("%(days)d day late", "%(days)d days late", -days) % {"days": -days})
    if days < 2:
        return State("expired", _("Due tomorrow") if days else _("Due today"))
    word = ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    return State("expired", word) if days <= clock.SOON else State("unknown", word, "hourglass-split")


def tiles() -> Tiles:
    """Of this year where it counts answers."""
    today = _today()
    soon, late = today.fromordinal(today.toordinal() + clock.SOON), Q(due_on__lt=today)
    waiting = RightsRequest.objects.filter(status=Status.OPEN).aggregate(
        open=Count("pk"), late=Count("pk", late), soon=Count("pk", Q(due_on__lte=soon) & ~late)
    )
    decided = RightsRequest.objects.filter(decided_at__year=today.year).exclude(status__in=(Status.OPEN, Status.DROPPED))
    times = list(decided.values_list("received_at", "decided_at", "due_on"))
    zone = tenancy.current().zone
    too_late = sum(at.astimezone(zone).date() > due for _received, at, due in times)
    usual = round(median((at - received).days for received, at, _due in times)) if times else None
    return Tiles(waiting["open"], waiting["soon"], waiting["late"], len(times), too_late, usual)


def opened(request: RightsRequest) -> Opened:
    (line,) = lines([request])
    package = request.packages.order_by("-pk").first()
    on = requests.lift_on(request)
    return Opened(
        line,
        _steps(request, package),
        package,
        request.status == Status.OPEN and requests.may_extend(request),
        request.status == Status.OPEN and requests.may_refuse(request),
        requests.is_restricting(request) and line.customer is not None,
        on is not None and on <= timezone.now(),
        on,
    )


def _steps(request: RightsRequest, package: AccessPackage | None) -> list[Step]:
    is_open = request.status == Status.OPEN
    steps = [Step("done", _("Came in on %(date)s") % {"date": _day(request.received_at)})]
    if request.identity_proven_at:
        steps.append(Step("done", _("Address confirmed with a code")))
    else:
        steps.append(Step("now" if is_open else "done", _("Make sure that it is they: by the address you have, never by an identity card")))
    if package:
        steps.append(_package(package))
    if request.extended_at:
        steps.append(Step("done", _("Extended, and told so, on %(date)s") % {"date": _day(request.extended_at)}))
    return [*steps, _last(request)]


def _package(package: AccessPackage) -> Step:
    if package.made_at:
        return Step(
            "done", ngettext("Package made: %(items)d item", "Package made: %(items)d items", package.items) % {"items": package.items}
        )
    return Step(
        "now", _("Making the package failed: %(error)s") % {"error": package.error} if package.error else _("The package is being made")
    )


def _last(request: RightsRequest) -> Step:
    if request.status == Status.OPEN:
        return Step("later", _("Answer before %(date)s") % {"date": date_format(request.due_on, "DATE_FORMAT")})
    return Step("done", f"{request.get_status_display()}, {_day(request.decided_at)}")


def _day(moment: datetime) -> str:
    return date_format(moment.astimezone(tenancy.current().zone), "DATE_FORMAT")


def _today() -> date:
    return timezone.now().astimezone(tenancy.current().zone).date()

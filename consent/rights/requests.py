"""What somebody asks, in; a `RightsRequest` with its clock out, through to an answer with reasons. One intake for all ways in (DS1).

Each outcome goes into the log under the organisation's own subject: what kind, when, how; nothing of who.
"""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from consent import recording
from consent.ledger import appending, subjects
from consent.ledger.appending import Entry
from consent.models import Hold, Purpose, RightsRequest, Subject
from consent.proof import Proof
from consent.rights import clock, erasing
from customers.models import Customer

Kind, Status = RightsRequest.Kind, RightsRequest.Status
LOCK = 7_341  # with the tenant's id: one number at a time


class CannotDo(ValueError):
    """What the law or the state of the request does not allow. The text says why; a retry does not help."""


@transaction.atomic
def receive(customer: Customer, kind: str, *, intake: str, detail: dict[str, Any] | None = None, actor: Actor) -> RightsRequest:
    """The clock runs from now. The same open request twice is one."""
    open_already = RightsRequest.objects.filter(customer_id=customer.root, kind=kind, status=Status.OPEN, detail=detail or {}).first()
    if open_already:
        return open_already
    now, known = timezone.now(), subjects.of_customers([customer.root])
    request = RightsRequest.objects.create(
        number=_number(),
        customer_id=customer.root,
        subject_ref=Subject.objects.get(pk=known[customer.root]).ref,
        kind=kind,
        intake=intake,
        detail=detail or {},
        received_at=now,
        due_on=clock.due_on(now),
        identity_proven_at=now if intake == RightsRequest.Intake.PORTAL else None,
    )
    audit.record(actor, Action.REQUEST_RECORDED, request, after={"kind": kind, "intake": intake})
    return request


def extend(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """Two months more, with a reason, told within the first month (Art. 12(3)). Raises CannotDo."""
    _must_be_open(request)
    if request.extended_at or not clock.may_extend(request.received_at, timezone.now()):
        raise CannotDo(_("This can be extended once, and only within the first month."))
    before = {"due_on": request.due_on}
    request.due_on = clock.due_on(request.received_at, clock.MONTHS_EXTENDED)
    request.extended_at, request.extended_reason = timezone.now(), reason
    request.save()
    audit.record(actor, Action.REQUEST_CHANGED, request, before=before, after={"due_on": request.due_on, "reason": reason})


@transaction.atomic
def refuse(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """With the reason, and where to complain (Art. 12(4)). An objection to marketing is never refused (Art. 21(3)). Raises CannotDo."""
    _must_be_open(request)
    if request.kind == Kind.OBJECT and _is_about_marketing(request):
        raise CannotDo(_("An objection to marketing cannot be refused (GDPR Art. 21(3))."))
    if request.kind in (Kind.OBJECT, Kind.RESTRICT) and request.customer_id:
        recording.release(request.customer_id, Hold.Kind.RESTRICTED, _proof(actor))
    _close(request, Status.REFUSED, actor, reason=reason)


@transaction.atomic
def carry_out(request: RightsRequest, *, actor: Actor, outcome: dict[str, Any] | None = None) -> None:
    """Does what was asked where that is one act, and closes. An erasure gives its certificate. Raises CannotDo."""
    _must_be_open(request)
    if request.kind == Kind.ERASE:
        outcome = _erase(request, actor)
    elif request.kind == Kind.RESTRICT and request.customer_id:
        recording.hold(request.customer_id, Hold.Kind.RESTRICTED, _proof(actor))
    elif request.kind == Kind.OBJECT and request.customer_id:
        recording.hold(request.customer_id, Hold.Kind.OBJECTED, _proof(actor))
    _close(request, Status.DONE, actor, outcome=outcome)


def drop(request: RightsRequest, *, actor: Actor) -> None:
    """The customer takes it back. Raises CannotDo."""
    _must_be_open(request)
    _close(request, Status.DROPPED, actor)


def lift_restriction(customer: Customer, *, actor: Actor) -> None:
    """The customer was told before (Art. 18(3)): the page that calls this sends that mail."""
    recording.release(customer.root, Hold.Kind.RESTRICTED, _proof(actor))


def _erase(request: RightsRequest, actor: Actor) -> dict[str, Any]:
    certificates = erasing.erase([request.customer_id], actor=actor) if request.customer_id else []
    if not certificates:
        raise CannotDo(_("This customer is gone already."))
    return certificates[0].json


def _is_about_marketing(request: RightsRequest) -> bool:
    asked = Purpose.objects.filter(key=request.detail.get("purpose", "")).first()
    return asked is None or asked.kind != Purpose.Kind.SERVICE


def _close(request: RightsRequest, status: str, actor: Actor, *, reason: str = "", outcome: dict[str, Any] | None = None) -> None:
    now = timezone.now()
    values = {"status": status, "decided_at": now, "decided_by_id": actor.id if actor.kind == "user" else None}
    RightsRequest.objects.filter(pk=request.pk).update(**values, reason=reason, outcome=outcome or {})
    request.refresh_from_db()
    audit.record(actor, Action.REQUEST_DECIDED, request, before={"status": Status.OPEN}, after={"status": status, "reason": reason})
    said = {"kind": "rights_request", "number": request.number, "request": request.kind, "status": status, "recorded_at": now.isoformat()}
    appending.append([Entry(subjects.of_tenant(), said)])


def _must_be_open(request: RightsRequest) -> None:
    if not RightsRequest.objects.select_for_update().filter(pk=request.pk, status=Status.OPEN).exists():
        raise CannotDo(_("This request was answered already."))


def _proof(actor: Actor) -> Proof:
    return Proof(method="rights_request", indicated_by="customer", actor=f"{actor.kind}:{actor.id or ''}")


def _number() -> str:
    """2026-041: counted a year, in the tenant's calendar."""
    tenant = tenancy.current()
    year = timezone.now().astimezone(tenant.zone).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::int)", [LOCK, tenant.pk])
    taken = RightsRequest.objects.filter(number__startswith=f"{year}-").values_list("number", flat=True)
    newest = max((int(number.partition("-")[2]) for number in taken), default=0)
    return f"{year}-{newest + 1:03d}"

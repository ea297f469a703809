"""What somebody asks, in; a `RightsRequest` with its clock out, through to an answer with reasons. One intake for all ways in (DS1).

A no works at once: an objection to marketing and a restriction wait for nobody. Until an erasure or another objection is answered the
customer is kept and not used. Each outcome goes into the log under the organisation's own subject: what kind, when, how; nothing of who.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, tenancy, work
from accounts.audit import Action, Actor
from consent import choices, recording
from consent.ledger import appending, subjects
from consent.ledger.appending import Entry
from consent.models import AccessPackage, Hold, Purpose, RightsRequest, State, Subject
from consent.proof import Proof
from consent.recording import Choice
from consent.rights import clock, correcting, erasing, letters
from customers import identity
from customers.models import Customer

Kind, Status, Intake = RightsRequest.Kind, RightsRequest.Status, RightsRequest.Intake
TOLD_BEFORE = timedelta(days=3)  # a restriction is lifted: time enough to say something of it (Art. 18(3))


class CannotDo(ValueError):
    """What the law or the state of the request does not allow. The text says why; a retry does not help."""


class Asked(NamedTuple):
    """`detail`: what exactly, {"attribute", "value", "purpose", "about", "text"}. `received_at`: earlier than now, of a letter."""

    kind: str
    intake: str
    detail: dict[str, Any] = {}
    received_at: datetime | None = None
    proof: Proof | None = None  # of a choice that is made with it


@transaction.atomic
def receive(customer: Customer, asked: Asked, *, actor: Actor) -> RightsRequest:
    """The clock runs from when it came. The same open request twice is one. What works at once is done when this returns."""
    identity.lock()  # one number at a time; and first, as whoever erases: none waits for another in a ring
    standing = of_customer(customer).filter(kind=asked.kind, status=Status.OPEN, detail=asked.detail).first()
    if standing:
        _go_on(standing)
        return standing
    request = _create(customer, asked)
    audit.record(actor, Action.REQUEST_RECORDED, request, after={"kind": asked.kind, "intake": asked.intake})
    if _works_at_once(request):
        carry_out(request, actor=actor, proof=asked.proof)
    elif request.kind in (Kind.ERASE, Kind.OBJECT):
        recording.hold(customer.root, Hold.Kind.RESTRICTED, asked.proof or _proof(actor))
    _go_on(request)
    return request


def _go_on(request: RightsRequest) -> None:
    """Who has proved who they are need not wait for a colleague to see what is held."""
    if request.kind == Kind.ACCESS and request.identity_proven_at:
        make_package(request)


def _create(customer: Customer, asked: Asked) -> RightsRequest:
    received_at, known = asked.received_at or timezone.now(), subjects.of_customers([customer.root])
    return RightsRequest.objects.create(
        number=_number(received_at),
        customer_id=customer.root,
        subject_ref=Subject.objects.get(pk=known[customer.root]).ref,
        kind=asked.kind,
        intake=asked.intake,
        detail=asked.detail,
        received_at=received_at,
        due_on=clock.due_on(received_at),
        identity_proven_at=timezone.now() if asked.intake == Intake.PORTAL else None,
    )


def of_customer(customer: Customer) -> "QuerySet[RightsRequest]":
    """Also those that were asked before two records were put together."""
    return RightsRequest.objects.filter(customer_id__in=choices.rows_of(customer.pk))


@transaction.atomic
def extend(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """Two months more, with a reason, told within the first month (Art. 12(3)). Raises CannotDo."""
    _hold_open(request)
    _must_say(reason)
    if not may_extend(request):
        raise CannotDo(_("This can be extended once, and only within the first month."))
    before = {"due_on": request.due_on}
    request.due_on = clock.due_on(request.received_at, clock.MONTHS_EXTENDED)
    request.extended_at, request.extended_reason = timezone.now(), reason
    request.save(update_fields=["due_on", "extended_at", "extended_reason"])
    audit.record(actor, Action.REQUEST_CHANGED, request, before=before, after={"due_on": request.due_on})
    letters.extended(request)


def may_extend(request: RightsRequest) -> bool:
    return request.extended_at is None and clock.may_extend(request.received_at, timezone.now())


@transaction.atomic
def refuse(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """With the reason, and where to complain (Art. 12(4)). An objection to marketing is never refused (Art. 21(3)). Raises CannotDo."""
    _hold_open(request)
    _must_say(reason)
    if not may_refuse(request):
        raise CannotDo(_("An objection to marketing cannot be refused (GDPR Art. 21(3))."))
    _close(request, Status.REFUSED, actor, reason=reason)
    _free(request, _proof(actor))
    letters.refused(request)


def may_refuse(request: RightsRequest) -> bool:
    return not (request.kind == Kind.OBJECT and is_about_marketing(request))


@transaction.atomic
def carry_out(request: RightsRequest, *, actor: Actor, proof: Proof | None = None) -> None:
    """Does what was asked, and closes; a package closes the request when it is made. Raises CannotDo."""
    _hold_open(request)
    if request.kind == Kind.ACCESS:
        make_package(request)
        return
    if request.kind == Kind.ERASE:
        _erase(request, actor)
        return
    if request.customer_id:
        _ACTS[request.kind](request, proof or _proof(actor))
    _close(request, Status.DONE, actor)
    _free(request, proof or _proof(actor))
    if actor.kind == "user":
        letters.done(request)


def make_package(request: RightsRequest) -> AccessPackage:
    """Starts the work, or starts it again after it failed. One that is there and can still be fetched is enough."""
    package = request.packages.order_by("-pk").first()
    if package is None or (package.made_at and not package.file):
        package = AccessPackage.objects.create(request=request, customer_id=_root(request))
    elif package.error:
        package.error = ""
        package.save(update_fields=["error"])
    if not package.made_at:
        work.enqueue("consent.tasks.make_package", tenant_id=tenancy.current().pk, package_id=package.pk)
    return package


@transaction.atomic
def hand_over(package: AccessPackage) -> None:
    """The package is made: that is the answer. The customer is told where it can be fetched."""
    request = package.request
    if RightsRequest.objects.select_for_update().filter(pk=request.pk, status=Status.OPEN).exists():
        _close(request, Status.DONE, Actor(), outcome={"items": package.items})
        letters.package_ready(package)


@transaction.atomic
def drop(request: RightsRequest, *, actor: Actor) -> None:
    """The customer takes it back. Raises CannotDo."""
    _hold_open(request)
    _close(request, Status.DROPPED, actor)
    _free(request, _proof(actor))


@transaction.atomic
def announce_lift(request: RightsRequest, reason: str, *, actor: Actor) -> None:
    """Tells the customer that the restriction is going to be lifted, and why (Art. 18(3)). Raises CannotDo."""
    _hold_restricting(request)
    _must_say(reason)
    _note(request, lift_told_at=timezone.now().isoformat())
    audit.record(actor, Action.REQUEST_CHANGED, request, after={"lift": "announced"})
    letters.lift_announced(request, reason, on=lift_on(request))


@transaction.atomic
def lift(request: RightsRequest, *, actor: Actor) -> None:
    """Only some days after the customer was told. Raises CannotDo."""
    _hold_restricting(request)
    told = lift_on(request)
    if told is None or timezone.now() < told:
        raise CannotDo(_("Tell the customer first, and wait three days (GDPR Art. 18(3))."))
    _lift(request, _proof(actor))
    audit.record(actor, Action.REQUEST_CHANGED, request, after={"lift": "done"})


@transaction.atomic
def lift_by_customer(customer: Customer, proof: Proof) -> None:
    """Who asked for it may end it at once."""
    identity.lock()
    for request in of_customer(customer).filter(kind=Kind.RESTRICT, status=Status.DONE):
        if is_restricting(request):
            _lift(request, proof)


def lift_on(request: RightsRequest) -> datetime | None:
    """From when it may be lifted; nothing before the customer was told."""
    told = request.outcome.get("lift_told_at")
    return datetime.fromisoformat(told) + TOLD_BEFORE if told else None


def is_restricting(request: RightsRequest) -> bool:
    return request.kind == Kind.RESTRICT and request.status == Status.DONE and "lifted_at" not in request.outcome


def is_about_marketing(request: RightsRequest) -> bool:
    """All of it, or a purpose that is not service. A purpose that nobody knows any more counts as marketing: then nothing is refused."""
    if request.detail.get("about") and not request.detail.get("purpose"):
        return False
    asked = Purpose.objects.filter(key=request.detail.get("purpose", "")).first()
    return asked is None or asked.kind != Purpose.Kind.SERVICE


def _works_at_once(request: RightsRequest) -> bool:
    if request.kind == Kind.OBJECT:
        return is_about_marketing(request)
    if request.kind == Kind.RECTIFY:
        return request.intake == Intake.PORTAL and correcting.is_simple(request.detail)
    return request.kind == Kind.RESTRICT


def _restrict(request: RightsRequest, proof: Proof) -> None:
    recording.hold(request.customer_id, Hold.Kind.RESTRICTED, proof)


def _object(request: RightsRequest, proof: Proof) -> None:
    """To one purpose on all its channels, or to everything. What was derived without a purpose a colleague puts right by hand."""
    if request.detail.get("purpose"):
        purpose = Purpose.objects.select_related("version").filter(key=request.detail["purpose"]).exclude(version=None).first()
        no = State.WITHDRAWN if purpose and purpose.version.asks_consent else State.OBJECTED
        recording.record([Choice(request.customer_id, purpose, each, no) for each in purpose.version.channels] if purpose else [], proof)
    elif is_about_marketing(request):
        recording.stop_everything(request.customer_id, proof)


def _rectify(request: RightsRequest, proof: Proof) -> None:
    try:
        correcting.carry_out(Customer.objects.get(pk=_root(request)), request.detail)
    except ValueError as no:
        raise CannotDo(str(no)) from None


def _erase(request: RightsRequest, actor: Actor) -> None:
    """The certificate goes to the address that is about to go."""
    told = letters.to(Customer.objects.get(pk=_root(request)))
    (certificate,) = erasing.erase([request.customer_id], actor=actor)
    _close(request, Status.DONE, actor, outcome=certificate.json)
    letters.erased(told, request, certificate)


_ACTS = {Kind.RESTRICT: _restrict, Kind.OBJECT: _object, Kind.RECTIFY: _rectify}


def _lift(request: RightsRequest, proof: Proof) -> None:
    _note(request, lifted_at=timezone.now().isoformat())
    _free(request, proof)


def _free(request: RightsRequest, proof: Proof) -> None:
    """Ends the restriction, unless another request asks for it."""
    if not request.customer_id or request.kind not in (Kind.RESTRICT, Kind.OBJECT, Kind.ERASE):
        return
    others = of_customer(Customer.objects.get(pk=_root(request)))
    if not any(_asks_restriction(other) for other in others):
        recording.release(request.customer_id, Hold.Kind.RESTRICTED, proof)


def _asks_restriction(request: RightsRequest) -> bool:
    is_open = request.status == Status.OPEN and request.kind in (Kind.ERASE, Kind.OBJECT, Kind.RESTRICT)
    return is_open or is_restricting(request)


def _close(request: RightsRequest, status: str, actor: Actor, *, reason: str = "", outcome: dict[str, Any] | None = None) -> None:
    """What the audit log and the log of consent keep of it says nothing of who: neither is ever changed."""
    now = timezone.now()
    values = {"status": status, "decided_at": now, "decided_by_id": actor.id if actor.kind == "user" else None}
    RightsRequest.objects.filter(pk=request.pk).update(**values, reason=reason, outcome=outcome or {})
    request.refresh_from_db()
    audit.record(actor, Action.REQUEST_DECIDED, request, before={"status": Status.OPEN}, after={"status": status})
    said = {"kind": "rights_request", "number": request.number, "request": request.kind, "status": status, "recorded_at": now.isoformat()}
    appending.append([Entry(subjects.of_tenant(), said)])


def _note(request: RightsRequest, **outcome: str) -> None:
    request.outcome |= outcome
    request.save(update_fields=["outcome"])


def _hold_open(request: RightsRequest) -> None:
    """Locks it, and reads what another may have done to it meanwhile. The lock of identities comes first: see `receive`."""
    identity.lock()
    if not RightsRequest.objects.select_for_update().filter(pk=request.pk, status=Status.OPEN).exists():
        raise CannotDo(_("This request was answered already."))
    request.refresh_from_db()


def _hold_restricting(request: RightsRequest) -> None:
    identity.lock()
    RightsRequest.objects.select_for_update().get(pk=request.pk)
    request.refresh_from_db()
    if not is_restricting(request) or not request.customer_id:
        raise CannotDo(_("This request restricts nothing any more."))


def _must_say(reason: str) -> None:
    if not reason.strip():
        raise CannotDo(_("Give the reason: the customer gets to read it."))


def _root(request: RightsRequest) -> int:
    """The row that stands for the customer now. Raises CannotDo."""
    found = Customer.objects.filter(pk=request.customer_id).first()
    if found is None:
        raise CannotDo(_("This customer is gone already."))
    return found.root


def _proof(actor: Actor) -> Proof:
    return Proof(method="rights_request", indicated_by="customer", actor=f"{actor.kind}:{actor.id or ''}")


def _number(received_at: datetime) -> str:
    """2026-041: counted a year, in the tenant's calendar. Under the lock of identities."""
    year = received_at.astimezone(tenancy.current().zone).year
    taken = RightsRequest.objects.filter(number__startswith=f"{year}-").values_list("number", flat=True)
    newest = max((int(number.partition("-")[2]) for number in taken), default=0)
    return f"{year}-{newest + 1:03d}"

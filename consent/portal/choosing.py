"""A customer's yes and no on their own pages in; events of the log out, by consent/recording.py. A no is always taken.

A yes takes the view grade: a link may have been forwarded, and consent is the customer's own (privacy.md CC3, CC7).
"""

from datetime import date, datetime, time

from accounts import tenancy
from consent import choices, recording, suppressions
from consent.models import REFUSING, Channel, Hold, Purpose, State
from consent.portal import offered
from consent.proof import Proof
from consent.recording import Choice
from customers.models import Customer


def say_no(customer: Customer, purpose: Purpose, channel: str, proof: Proof) -> None:
    """Ends this purpose on this channel and nothing else (DL4). Said before: nothing happens (DL2), for each row of the customer apart."""
    line = _line(customer, purpose, channel)
    state = line.state if line else None
    said = State(state.state) if state and state.state in REFUSING else _no(purpose, state is not None)
    recording.record([Choice(customer.pk, purpose, channel, said)], proof)


def say_yes(customer: Customer, purpose: Purpose, channel: str, proof: Proof) -> None:
    """Only after the code. Who had stopped everything and now wants this one thing gets this one thing. Raises CannotRecord."""
    if Hold.Kind.OBJECTED in choices.holds(customer.pk):
        _keep_the_rest_stopped(customer, purpose, channel, proof)
    recording.record([Choice(customer.pk, purpose, channel, State.GIVEN)], proof)
    if channel == Channel.EMAIL and customer.email:
        suppressions.welcome_back(customer.email)


def is_on(customer: Customer, purpose: Purpose, channel: str) -> bool:
    line = _line(customer, purpose, channel)
    return line is not None and offered.is_yes(line, purpose.version)


def stop_everything(customer: Customer, proof: Proof) -> None:
    recording.stop_everything(customer.pk, proof)


def pause(customer: Customer, until: date | None, proof: Proof) -> None:
    """Until the beginning of that day where the tenant is; None ends a pause (PP6)."""
    if until:
        end = datetime.combine(until, time.min, tenancy.current().zone)
        recording.hold(customer.pk, Hold.Kind.PAUSED, proof, until=end)
    elif Hold.Kind.PAUSED in choices.holds(customer.pk):
        recording.release(customer.pk, Hold.Kind.PAUSED, proof)


def limit(customer: Customer, most: int | None, per: str, proof: Proof) -> None:
    """None: as many as come. What stands already is not said again."""
    standing = choices.frequency(customer.pk)
    if most is None:
        recording.unlimit(customer.pk, proof)
    elif standing is None or (standing.most, standing.per) != (most, per):
        recording.limit(customer.pk, most, per, proof)


def _line(customer: Customer, purpose: Purpose, channel: str) -> choices.Line | None:
    found = (each for each in choices.of_customer(customer.pk) if each.purpose == purpose)
    return next((line for each in found for line in each.lines if line.channel == channel), None)


def _no(purpose: Purpose, has_said: bool) -> State:
    """A first no to a question is a refusal; later it takes something back. Where nobody asked, it objects."""
    if not purpose.version.asks_consent:
        return State.OBJECTED
    return State.WITHDRAWN if has_said else State.REFUSED


def _keep_the_rest_stopped(customer: Customer, purpose: Purpose, channel: str, proof: Proof) -> None:
    """The objection to everything falls, so each other purpose gets a no of its own: also those that came after it."""
    others = [
        Choice(customer.pk, each.purpose, line.channel, _no(each.purpose, line.state is not None))
        for each in choices.of_customer(customer.pk)
        for line in each.lines
        if each.purpose.kind != Purpose.Kind.SERVICE and (each.purpose, line.channel) != (purpose, channel)
        if line.state is None or line.state.state not in REFUSING
    ]
    recording.record(others, proof)
    recording.release(customer.pk, Hold.Kind.OBJECTED, proof)

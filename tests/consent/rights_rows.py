"""For tests of requests: one that somebody asked, as it came in."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM, Actor
from accounts.models import User
from consent.models import RightsRequest
from consent.rights import packages, requests
from consent.rights.requests import Asked
from customers.models import Customer

Kind, Intake = RightsRequest.Kind, RightsRequest.Intake


def ask(customer: Customer, kind: str = Kind.ERASE, *, intake: str = Intake.PORTAL, at: datetime | None = None, **detail) -> RightsRequest:
    return requests.receive(customer, Asked(kind, intake, detail, at), actor=SYSTEM)


def past(ada: Customer, others: list[Customer], by: User) -> dict[str, RightsRequest]:
    """A request in every state: open, refused, with a package, restricting, and of somebody who is gone."""
    actor, restricted, late, gone = Actor.user(by), *others[:3]
    access, refused = ask(ada, Kind.ACCESS), ask(ada, Kind.RECTIFY, about="How you buy: Active", text="I bought it for my aunt.")
    packages.make(tenancy.current(), access.packages.get().pk)
    requests.refuse(refused, "It says what you bought, whoever it was for.", actor=actor)
    waiting = ask(late, Kind.ERASE, intake=Intake.MAIL, at=timezone.now() - timedelta(days=40), text="Take me off everything, please.")
    requests.carry_out(ask(gone), actor=actor)
    ask(ada, Kind.RECTIFY, attribute="email", value="ada@new.example")
    return {
        "RightsRequest": waiting,
        "RightsRequest:access": access,
        "RightsRequest:refused": refused,
        "RightsRequest:restrict": ask(restricted, Kind.RESTRICT),
        "AccessPackage": access.packages.get(),
    }

"""For tests of requests: one that somebody asked, as it came in."""

from datetime import datetime

from accounts.audit import SYSTEM
from consent.models import RightsRequest
from consent.rights import requests
from consent.rights.requests import Asked
from customers.models import Customer

Kind, Intake = RightsRequest.Kind, RightsRequest.Intake


def ask(customer: Customer, kind: str = Kind.ERASE, *, intake: str = Intake.PORTAL, at: datetime | None = None, **detail) -> RightsRequest:
    return requests.receive(customer, Asked(kind, intake, detail, at), actor=SYSTEM)

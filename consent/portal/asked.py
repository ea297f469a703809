"""What a customer asks on their own pages in; requests out, and all they ever asked with its answer. The code proved the mailbox."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import F, Prefetch
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, tenancy
from accounts.audit import SYSTEM, Action
from consent.models import AccessPackage, RightsRequest
from consent.portal import proving
from consent.rights import requests, wording
from consent.rights.requests import Asked
from consent.transparency import authorities
from consent.transparency.authorities import Authority
from customers.models import Customer

Kind, Intake, Status = RightsRequest.Kind, RightsRequest.Intake, RightsRequest.Status
AT_ONCE = (Kind.ACCESS, Kind.RESTRICT, Kind.OBJECT)  # one click; deleting asks once more
A_DAY = timedelta(days=1)


class Mine(NamedTuple):
    """`package`: what can be fetched, is being made, or failed."""

    request: RightsRequest
    what: str
    package: AccessPackage | None
    is_restricting: bool


def ask(request: HttpRequest, kind: str, **detail: Any) -> RightsRequest:
    """The log of colleagues gets no address of a customer's device: it is never erased."""
    asked = Asked(kind, Intake.PORTAL, detail, proof=proving.of(request))
    return requests.receive(request.customer, asked, actor=SYSTEM)


def ask_package(request: HttpRequest) -> RightsRequest:
    """One that was made today is enough; one that failed is made again."""
    fresh = AccessPackage.objects.filter(request__in=requests.of_customer(request.customer), made_at__gt=timezone.now() - A_DAY)
    newest = fresh.exclude(file="").order_by("-pk").first()
    return newest.request if newest else ask(request, Kind.ACCESS)


def mine(customer: Customer) -> list[Mine]:
    """Newest first."""
    asked = requests.of_customer(customer).prefetch_related(Prefetch("packages", AccessPackage.objects.order_by("pk")))
    names = wording.Names()
    return [_mine(each, names) for each in asked.order_by("-received_at", "-pk")]


def _mine(request: RightsRequest, names: wording.Names) -> Mine:
    packages = list(request.packages.all())
    return Mine(request, wording.asked(request, names), packages[-1] if packages else None, requests.is_restricting(request))


def complaints() -> Authority:
    return authorities.of(tenancy.current().country)


def fetch(package: AccessPackage) -> None:
    """Counts a download, and writes it down (DS6)."""
    AccessPackage.objects.filter(pk=package.pk).update(downloads=F("downloads") + 1)
    audit.record(SYSTEM, Action.PACKAGE_DOWNLOADED, package.request, after={"by": "customer"})


def fetchable(customer: Customer, package_id: int) -> AccessPackage | None:
    found = AccessPackage.objects.select_related("request").filter(pk=package_id, request__in=requests.of_customer(customer))
    return found.filter(expires_at__gt=timezone.now()).exclude(file="").first()

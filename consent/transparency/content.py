"""The register and what is enabled in, everything the public page of the tenant is drawn from out: plain JSON, in every language (TP1).

Also what is missing before it may be published: a page with a hole in it would be a promise that nobody keeps.
"""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import SenderIdentity
from consent.models import CheckpointCopy, Purpose
from consent.register import completeness, description
from consent.register.completeness import Fault
from consent.register.processing import controller
from consent.transparency import authorities

FORMAT = 1


def now() -> dict[str, Any]:
    """As it would be published at this moment."""
    tenant = tenancy.current()
    return {
        "format": FORMAT,
        "tenant": tenant.name,
        "country": tenant.country,
        "languages": list(tenant.languages),
        "controller": controller(),
        "authority": authorities.of(tenant.country)._asdict(),
        "purposes": description.live(),
        "senders": senders(),
        "copies": copies(),
    }


def senders() -> list[str]:
    """The addresses that mail of this organisation comes from."""
    rows = SenderIdentity.objects.filter(confirmed_at__isnull=False).order_by("email")
    return list(rows.values_list("email", flat=True))


def copies() -> list[str]:
    """Where copies of the checkpoints of the log go: figures only, no data of customers. The host, not the whole address."""
    targets = CheckpointCopy.objects.exclude(kind=CheckpointCopy.Kind.FILE).values_list("target", flat=True)
    return sorted({urlsplit(target).hostname or target.rpartition("@")[2] for target in targets})


def missing() -> list[Fault]:
    """What a purpose in force lacks, named; and what the organisation has not said of itself. Three queries."""
    purposes = list(Purpose.objects.live().select_related("version"))
    if not purposes:
        return [Fault("", _("No purpose is in force yet."))]
    found = [*completeness.identity()]
    for purpose in purposes:
        purpose.version.purpose = purpose
        faults = completeness.faults_of(purpose.version)
        found += [Fault(fault.field, f"{purpose.version.title}: {fault.says}") for fault in faults if fault.field != "review_on"]
    return found

"""A package that was asked in; its file out, in one transaction: made whole, or marked as failed and made again when somebody asks.

Beat looks for those whose message was lost. An erasure waits for one that is being made, and takes its file away.
"""

import logging
import tempfile
import uuid
from datetime import timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone, translation

from accounts import tenancy
from accounts.models import Tenant
from consent.models import AccessPackage, RightsRequest
from consent.portal import languages
from consent.rights import gathering, packing, requests
from customers.models import Customer

KEPT = timedelta(days=14)
logger = logging.getLogger(__name__)


def make(tenant: Tenant, package_id: int) -> None:
    """Safe to run twice, and two at once: one makes it."""
    try:
        with tenancy.scope(tenant):
            _make(package_id)
    except Exception as problem:  # whatever it was: the customer is told, and can ask again
        logger.exception("an access package could not be made", extra={"package": package_id})
        with tenancy.scope(tenant):
            AccessPackage.objects.filter(pk=package_id, made_at=None).update(error=type(problem).__name__)


def waiting(tenant: Tenant) -> list[int]:
    """Those that nobody works on."""
    with tenancy.scope(tenant):
        return list(_wanted().filter(error="").order_by("pk").values_list("pk", flat=True)[:100])


def _wanted() -> QuerySet:
    """Not made yet, and not taken back by who asked."""
    return AccessPackage.objects.filter(made_at=None).exclude(request__status=RightsRequest.Status.DROPPED)


def _make(package_id: int) -> None:
    package = _wanted().select_for_update(of=("self",), skip_locked=True).filter(pk=package_id).first()
    if package is None:
        return
    row = Customer.objects.get(pk=package.customer_id)
    customer = Customer.objects.get(pk=row.root)
    with translation.override(languages.of_customer(tenancy.current(), customer)), timezone.override(tenancy.current().zone):
        package.items = _write(package, customer)
    package.made_at = timezone.now()
    package.expires_at = package.made_at + KEPT
    package.save(update_fields=["file", "items", "made_at", "expires_at"])
    requests.hand_over(package)


def _write(package: AccessPackage, customer: Customer) -> int:
    """A name that nobody guesses. Answers how many things are in it."""
    document = gathering.document(customer)
    with tempfile.TemporaryFile() as file:
        packing.pack(document, file)
        file.seek(0)
        package.file = default_storage.save(f"packages/{tenancy.current().pk}/{uuid.uuid4().hex}.zip", File(file))
    return packing.count(document)

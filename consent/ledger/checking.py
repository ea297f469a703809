"""A tenant in, its whole log looked through, with what was found in a `LedgerCheck` row; whoever must know is told (BA5)."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import tenancy, work
from accounts.models import LegalIdentity, Tenant, User
from consent.ledger.verifying import Walk
from consent.models import LedgerCheck

logger = logging.getLogger(__name__)
KEPT = 60  # outcomes


def ask(*, by: User | None = None) -> LedgerCheck:
    """One check a tenant at a time: who asks while one runs, gets that one."""
    check, _is_new = LedgerCheck.objects.get_or_create(finished_at=None, defaults={"asked_by": by})
    work.enqueue("consent.tasks.check_ledger_of", tenant_id=tenancy.current().pk)
    return check


def last() -> LedgerCheck | None:
    return LedgerCheck.objects.exclude(finished_at=None).order_by("-pk").first()


def running() -> LedgerCheck | None:
    return LedgerCheck.objects.filter(finished_at=None).first()


def run(tenant: Tenant) -> LedgerCheck | None:
    """Carries out the check that was asked for, a part a transaction; nothing when there is none or another worker is at it."""
    check = _take(tenant)
    if check is None:
        return None
    with tenancy.scope(tenant):
        walk = Walk()
        check.total = walk.total
    while _step(tenant, check, walk):
        pass
    with tenancy.scope(tenant):
        return _finish(check, walk)


def _take(tenant: Tenant) -> LedgerCheck | None:
    with tenancy.scope(tenant):
        check = LedgerCheck.objects.select_for_update().filter(finished_at=None).first()
        if check is None or not check.is_free:
            return None
        check.beat_at = timezone.now()
        check.save(update_fields=["beat_at"])
        return check


def _step(tenant: Tenant, check: LedgerCheck, walk: Walk) -> bool:
    with tenancy.scope(tenant):
        has_more = walk.step()
        check.beat_at, check.done, check.locked = timezone.now(), walk.found.events, walk.found.locked
        check.save(update_fields=["beat_at", "total", "done", "locked"])
        return has_more


def _finish(check: LedgerCheck, walk: Walk) -> LedgerCheck:
    check.finished_at, check.found, check.findings = timezone.now(), walk.found.count, walk.found.as_json()
    check.save()
    old = LedgerCheck.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    LedgerCheck.objects.filter(pk__in=list(old)).delete()
    if not check.is_whole:
        _alert(check)
    return check


def _alert(check: LedgerCheck) -> None:
    tenant = tenancy.current()
    logger.error("the consent log does not add up", extra={"tenant": tenant.slug, "findings": check.found})
    identity = LegalIdentity.objects.first()
    if identity is None:
        return
    link = settings.BASE_URL + reverse("consent:ledger_log", args=[tenant.slug])
    with translation.override(tenant.languages[0]):
        subject = _("The consent log of %(name)s does not add up") % {"name": tenant.name}
        text = _("%(count)s things were found when the whole log was checked. Somebody changed it, or it was damaged. Look at them here:")
        EmailMessage(subject, f"{text % {'count': check.found}}\n\n{link}\n", to=[identity.privacy_email]).send()

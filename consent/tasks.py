"""What Celery starts in this room. Each is safe to run twice."""

from celery import shared_task

from accounts import tenancy, work
from accounts.models import Tenant
from accounts.work import TenantTask
from consent import clock, retention
from consent.ledger import checking, copies, tree
from consent.rights import packages
from consent.transparency import truth


@shared_task(name="consent.tasks.sequence")
def sequence() -> None:
    """Beat's tick: what was logged gets its place in the tree. A message a tenant that waits."""
    for tenant in Tenant.objects.order_by("pk"):
        if tree.waits(tenant):
            work.start("consent.tasks.sequence_of", tenant_id=tenant.pk)


@shared_task(name="consent.tasks.sequence_of")
def sequence_of(tenant_id: int) -> int:
    return tree.sequence_all(Tenant.objects.get(pk=tenant_id))


@shared_task(name="consent.tasks.sign_checkpoints")
def sign_checkpoints() -> None:
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        work.start("consent.tasks.sign_checkpoint_of", tenant_id=tenant_id)


@shared_task(name="consent.tasks.sign_checkpoint_of")
def sign_checkpoint_of(tenant_id: int) -> int:
    """Signs when the tree grew, and hands it to the copies; also to those that were in trouble the last time."""
    return copies.sign_and_keep_up(Tenant.objects.get(pk=tenant_id))


@shared_task(name="consent.tasks.check_ledgers")
def check_ledgers() -> None:
    for tenant in Tenant.objects.order_by("pk").iterator():
        with tenancy.scope(tenant):
            checking.ask()


@shared_task(name="consent.tasks.check_ledger_of")
def check_ledger_of(tenant_id: int) -> None:
    checking.run(Tenant.objects.get(pk=tenant_id))


@shared_task(name="consent.tasks.check_transparency")
def check_transparency() -> None:
    """Each night: does the public page of each tenant still say what is enabled (TP4)?"""
    for tenant in Tenant.objects.order_by("pk").iterator():
        with tenancy.scope(tenant):
            truth.check()


@shared_task(name="consent.tasks.end_consents")
def end_consents() -> None:
    """Beat's tick: consents whose time is over, and segments that follow."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        work.start("consent.tasks.end_consents_of", tenant_id=tenant_id)


@shared_task(name="consent.tasks.end_consents_of", base=TenantTask)
def end_consents_of() -> int:
    return clock.end_consents()


@shared_task(name="consent.tasks.keep_terms")
def keep_terms() -> None:
    """Each night: what is past its term goes."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        work.start("consent.tasks.keep_terms_of", tenant_id=tenant_id)


@shared_task(name="consent.tasks.keep_terms_of")
def keep_terms_of(tenant_id: int) -> dict[str, int]:
    return retention.apply(Tenant.objects.get(pk=tenant_id))


@shared_task(name="consent.tasks.forget_pending")
def forget_pending() -> None:
    for tenant in Tenant.objects.order_by("pk").iterator():
        with tenancy.scope(tenant):
            clock.forget_pending()


@shared_task(name="consent.tasks.make_package")
def make_package(tenant_id: int, package_id: int) -> None:
    packages.make(Tenant.objects.get(pk=tenant_id), package_id)


@shared_task(name="consent.tasks.make_waiting_packages")
def make_waiting_packages() -> None:
    """Beat's tick: those whose message was lost."""
    for tenant in Tenant.objects.order_by("pk").iterator():
        for package_id in packages.waiting(tenant):
            work.start("consent.tasks.make_package", tenant_id=tenant.pk, package_id=package_id)

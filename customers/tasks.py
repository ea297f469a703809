"""What Celery starts in this room. Each is safe to run twice."""

from celery import shared_task

from accounts import tenancy, work
from accounts.models import Tenant
from accounts.work import TenantTask
from customers import scores
from customers.imports import running, storing
from customers.ingest import drain as inbox
from customers.segments import membership


@shared_task(name="customers.tasks.run_import")
def run_import(tenant_id: int, import_id: int) -> None:
    """Works on it for one turn; a long file goes on in a next one, after what waits in the queue."""
    run = running.take_turn(Tenant.objects.get(pk=tenant_id), import_id)
    if run and run.is_due:
        work.start("customers.tasks.run_import", tenant_id=tenant_id, import_id=import_id)


@shared_task(name="customers.tasks.run_waiting_imports")
def run_waiting_imports() -> None:
    """Those whose worker is gone, and those that no message came for."""
    for tenant_id, import_id in running.waiting_everywhere():
        work.start("customers.tasks.run_import", tenant_id=tenant_id, import_id=import_id)


@shared_task(name="customers.tasks.forget_import_files")
def forget_import_files() -> None:
    for tenant in Tenant.objects.order_by("pk").iterator():
        with tenancy.scope(tenant):
            storing.forget()


@shared_task(name="customers.tasks.drain")
def drain() -> None:
    """Beat's tick, for what a message was lost or spared for. A message a tenant that waits, so that none holds up another."""
    for tenant in Tenant.objects.order_by("pk"):
        if inbox.waits(tenant):  # a look behind each wall: about a millisecond
            work.start("customers.tasks.drain_of", tenant_id=tenant.pk)


@shared_task(name="customers.tasks.drain_of")
def drain_of(tenant_id: int) -> None:
    """One turn; a full inbox goes on in a next one, after what waits in the queue."""
    if inbox.take_turn(Tenant.objects.get(pk=tenant_id)):
        work.start("customers.tasks.drain_of", tenant_id=tenant_id)


@shared_task(name="customers.tasks.refresh_segments")
def refresh_segments() -> None:
    """Beat's tick: what has changed, and rules that the clock has moved. A message a tenant, so that a slow one holds up none."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        work.start("customers.tasks.refresh_segments_of", tenant_id=tenant_id)


@shared_task(name="customers.tasks.refresh_segments_of")
def refresh_segments_of(tenant_id: int) -> int:
    return membership.work_off(Tenant.objects.get(pk=tenant_id))


@shared_task(name="customers.tasks.refresh_segment", base=TenantTask)
def refresh_segment(segment_id: int) -> None:
    membership.refresh_one(segment_id)


@shared_task(name="customers.tasks.compute_scores")
def compute_scores() -> None:
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        work.start("customers.tasks.compute_scores_of", tenant_id=tenant_id)


@shared_task(name="customers.tasks.compute_scores_of", base=TenantTask)
def compute_scores_of() -> int:
    return scores.compute()

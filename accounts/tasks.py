"""What Celery starts in this room. Each is safe to run twice."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import mail
from accounts.models import Invitation, OutgoingMail, Tenant
from accounts.models.invitation import KEPT_FOR
from accounts.work import TenantTask


@shared_task(name="accounts.tasks.send_mail")
def send_mail() -> int:
    return mail.send_due()


@shared_task(name="accounts.tasks.forget_invitations")
def forget_invitations() -> None:
    """One small task a tenant: each runs behind its own wall."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True).iterator():
        forget_invitations_of.delay(tenant_id=tenant_id)


@shared_task(name="accounts.tasks.forget_invitations_of", base=TenantTask)
def forget_invitations_of() -> int:
    return Invitation.objects.forgettable().delete()[0]


@shared_task(name="accounts.tasks.forget_sessions")
def forget_sessions() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    OutgoingMail.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()

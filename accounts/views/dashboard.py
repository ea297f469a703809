"""Today: what needs somebody, and how the organisation stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import first_steps
from accounts.access import may
from accounts.models import ApiKey, AuditEntry
from accounts.models.api_key import SOON
from accounts.permissions import Permission

LATEST = 6


@may(Permission.ORGANISATION_VIEW)
def dashboard(request: HttpRequest) -> HttpResponse:
    steps = first_steps.steps(request.tenant, request.membership)
    expiring = ApiKey.objects.active().filter(expires_at__lt=timezone.now() + SOON).order_by("expires_at")
    context = {
        "now": timezone.localtime(timezone=request.tenant.zone),
        "figures": first_steps.figures(request.tenant),
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "next_step": next((step for step in steps if not step.is_done), None),
        "expiring_keys": expiring[:LATEST] if request.membership.may(Permission.KEYS_MANAGE) else [],
        "latest": AuditEntry.objects.newest_first()[:LATEST] if request.membership.may(Permission.AUDIT_VIEW) else [],
    }
    return render(request, "accounts/dashboard.html", context)

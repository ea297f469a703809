"""Data breaches: the register, one of them, and the question whose data somebody reached."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, paging
from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent import breaches
from consent.forms.breaches import BreachForm, ReachForm
from consent.models import Breach


@require_safe
@may(Permission.CONSENT_VIEW)
def breach_list(request: HttpRequest) -> HttpResponse:
    page = paging.newest_first(Breach.objects.select_related("created_by"), request)
    lines = [(row, breaches.hours_left(row)) for row in page.rows]
    return render(request, "consent/breach_list.html", {"lines": lines, "page": page})


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def breach_create(request: HttpRequest) -> HttpResponse:
    form = BreachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        breaches.record(form.instance, by=request.user, actor=Actor.of(request))
        messages.success(request, _("Recorded. Complete it as you learn more."))
        return redirect("consent:breach_list", request.tenant.slug)
    return render(request, "consent/breach_change.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def breach_change(request: HttpRequest, breach_id: int) -> HttpResponse:
    row = get_object_or_404(Breach, pk=breach_id)
    before = audit.values_of(row)
    form = BreachForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        breaches.change(form.instance, before, actor=Actor.of(request))
        messages.success(request, _("Saved."))
        return redirect("consent:breach_list", request.tenant.slug)
    return render(request, "consent/breach_change.html", {"form": form, "breach": row}, status=422 if form.errors else 200)


@require_safe
@may(Permission.AUDIT_VIEW)
def breach_reach(request: HttpRequest) -> HttpResponse:
    form = ReachForm(request.GET or None)
    said = form.cleaned_data if form.is_valid() else {}
    found = breaches.reach(said["since"], said["until"], who=said["who"]) if said else None
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "consent/breach_reach.html", {"form": form, "found": found}, status=status)

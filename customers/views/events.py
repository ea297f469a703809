"""The catalogue of events: which there are, what each means, how often it happens."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from customers import catalogue
from customers.forms.catalogue import EventTypeForm
from customers.models import Event, EventType

RECENT = timedelta(days=30)


@require_safe
@may(Permission.CONTENT_VIEW)
def event_type_list(request: HttpRequest) -> HttpResponse:
    kinds = catalogue.event_types().values()
    recent = Event.objects.filter(occurred_at__gt=timezone.now() - RECENT).order_by().values_list("type_id").annotate(times=Count("pk"))
    times = dict(recent)
    lines = sorted(((kind, times.get(kind.pk, 0)) for kind in kinds), key=lambda line: (-line[1], line[0].name))
    return render(request, "customers/event_type_list.html", {"lines": lines})


@require_safe
@may(Permission.CONTENT_VIEW)
def event_type(request: HttpRequest, type_id: int) -> HttpResponse:
    kind = get_object_or_404(EventType, pk=type_id)
    newest = Event.objects.filter(type=kind).select_related("source").order_by("-occurred_at")[:1]
    return render(request, "customers/event_type.html", {"kind": kind, "newest": newest[0] if newest else None})


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def event_type_change(request: HttpRequest, type_id: int) -> HttpResponse:
    kind = get_object_or_404(EventType, pk=type_id)
    before = audit.values_of(kind)
    form = EventTypeForm(request.POST or None, instance=kind)
    if request.method == "POST" and form.is_valid():
        audit.record(Actor.of(request), Action.EVENT_TYPE_CHANGED, form.save(), before=before, after=audit.values_of(kind))
        messages.success(request, _("%(event)s is saved.") % {"event": kind})
        return redirect(kind)
    return render(request, "customers/event_type_change.html", {"form": form, "kind": kind}, status=422 if form.errors else 200)

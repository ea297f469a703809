"""Sources: the list with its health, one source with its card and key, connecting, changing, renewing the key, closing, and how to send."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from customers import trust
from customers.forms.source import CARD, SourceForm
from customers.ingest import health, limits
from customers.models import Source
from customers.standard_events import STANDARD_EVENTS

FIELDS = ["name", "kind", "priority", "shares_ids_with", *CARD]


@require_safe
@may(Permission.NUMBERS_VIEW)
def source_list(request: HttpRequest) -> HttpResponse:
    found = health.of_sources(list(Source.objects.order_by("closed_at", "name")[:200]))
    return render(request, "customers/source_list.html", {"sources": found})


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def source_create(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        audit.record(Actor.of(request), Action.SOURCE_CREATED, row, after=audit.values_of(row, "slug", *FIELDS))
        return redirect(row)
    return render(request, "customers/source_create.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@may(Permission.NUMBERS_VIEW)
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    row = get_object_or_404(Source.objects.select_related("owner", "shares_ids_with"), pk=source_id)
    (state,) = health.of_sources([row])
    context = {"source": row, "health": state, "days": health.days(row), "host": _host(request)}
    return render(request, "customers/source.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def source_change(request: HttpRequest, source_id: int) -> HttpResponse:
    row = get_object_or_404(Source, pk=source_id)
    before = audit.values_of(row, *FIELDS)
    form = SourceForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        if "priority" in form.changed_data:
            trust.changed(row)
        audit.record(Actor.of(request), Action.SOURCE_CHANGED, row, before=before, after=audit.values_of(row, *FIELDS))
        messages.success(request, _("Saved."))
        return redirect(row)
    return render(request, "customers/source_change.html", {"form": form, "source": row}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def source_key_renew(request: HttpRequest, source_id: int) -> HttpResponse:
    row = get_object_or_404(Source, pk=source_id)
    if request.method == "GET":
        return render(request, "customers/source_key_renew.html", {"source": row})
    row.renew_key()
    audit.record(Actor.of(request), Action.SOURCE_KEY_RENEWED, row)
    messages.success(request, _("The old key stops within seconds. Put the new one in its place."))
    return redirect(row)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def source_close(request: HttpRequest, source_id: int) -> HttpResponse:
    """Closes an open source, and opens a closed one."""
    row = get_object_or_404(Source, pk=source_id)
    if request.method == "GET":
        return render(request, "customers/source_close.html", {"source": row})
    before = audit.values_of(row, "closed_at")
    row.close() if row.is_open else row.reopen()
    audit.record(Actor.of(request), Action.SOURCE_CLOSED, row, before=before, after=audit.values_of(row, "closed_at"))
    return redirect(row)


@require_safe
@may(Permission.NUMBERS_VIEW)
def source_guide(request: HttpRequest) -> HttpResponse:
    """For whoever connects a source: calls, events, limits, answers."""
    context = {"host": _host(request), "key": f"{request.tenant.slug}_your-write-key", "events": STANDARD_EVENTS, "limits": limits}
    return render(request, "customers/source_guide.html", context)


def _host(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"

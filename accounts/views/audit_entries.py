"""The audit log: search, and export as CSV."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import audit, paging, spreadsheets, tenancy
from accounts.access import NotAllowed, may
from accounts.audit import Action, Actor
from accounts.forms.audit_entry import AuditSearchForm
from accounts.models import AuditEntry, Tenant
from accounts.permissions import Permission

BATCH = 1_000
COLUMNS = ["at", "actor_kind", "actor_name", "action", "object_kind", "object_name", "before", "after", "ip", "user_agent", "request_id"]


@require_safe
@may(Permission.AUDIT_VIEW)
def audit_entry_list(request: HttpRequest) -> HttpResponse:
    return _page(request, AuditSearchForm(request.GET))


def _page(request: HttpRequest, form: AuditSearchForm) -> HttpResponse:
    page = paging.newest_first(form.found(), request)
    export = urlencode({name: value for name, value in request.GET.items() if name in form.fields})
    return render(
        request, "accounts/audit_entry_list.html", {"form": form, "page": page, "export": export}, status=422 if form.errors else 200
    )


@require_safe
@may(Permission.DATA_EXPORT)
def audit_entry_export(request: HttpRequest) -> HttpResponse:
    if not request.membership.may(Permission.AUDIT_VIEW):
        raise NotAllowed(Permission.AUDIT_VIEW)
    form = AuditSearchForm(request.GET)
    if not form.is_valid():
        return _page(request, form)
    audit.record(Actor.of(request), Action.AUDIT_EXPORTED, after={name: str(value) for name, value in form.cleaned_data.items() if value})
    answer = StreamingHttpResponse(
        spreadsheets.csv_of(COLUMNS, _lines(request.tenant, form.found())), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{request.tenant.slug}.csv"'
    return answer


def _lines(tenant: Tenant, rows: "AuditEntry.objects") -> Iterator[list]:
    """The body is written after the view has ended, so each batch opens the tenant's scope anew."""
    last = 0
    while True:
        with tenancy.scope(tenant):
            batch = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *COLUMNS)[:BATCH])
        yield from (list(line[1:]) for line in batch)
        if len(batch) < BATCH:
            return
        last = batch[-1][0]

"""The record of processing (Art. 30 GDPR): the page, and its export."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import spreadsheets
from accounts.access import NotAllowed, may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent.forms.processing import RecordExportForm, RecordForm
from consent.register import processing


@require_safe
@may(Permission.CONSENT_VIEW)
def processing_record(request: HttpRequest) -> HttpResponse:
    return _page(request, RecordForm(request.GET))


def _page(request: HttpRequest, form: RecordForm) -> HttpResponse:
    view = form.cleaned_data["view"] if form.is_valid() else processing.CONTROLLER
    context = {"view": view, "record": processing.record(view)}
    return render(request, "consent/processing_record.html", context, status=422 if form.errors else 200)


@require_safe
@may(Permission.DATA_EXPORT)
def processing_export(request: HttpRequest) -> HttpResponse:
    if not request.membership.may(Permission.CONSENT_VIEW):
        raise NotAllowed(Permission.CONSENT_VIEW)
    form = RecordExportForm(request.GET)
    if not form.is_valid():
        return _page(request, form)
    view, kind = form.cleaned_data["view"], form.cleaned_data["format"]
    processing.note_export(view, kind, actor=Actor.of(request))
    answer = _as_csv(view) if kind == "csv" else _as_jsonld(view)
    answer.headers["Content-Disposition"] = f'attachment; filename="record-{view}-{request.tenant.slug}.{kind}"'
    return answer


def _as_csv(view: str) -> HttpResponse:
    record = processing.record(view)
    return HttpResponse("".join(spreadsheets.csv_of(record.header, record.rows)), content_type="text/csv; charset=utf-8")


def _as_jsonld(view: str) -> HttpResponse:
    text = json.dumps(processing.as_jsonld(view), ensure_ascii=False, indent=2)
    return HttpResponse(text, content_type="application/ld+json; charset=utf-8")

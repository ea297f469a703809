"""Imports: the list, handing in a file, saying what its columns are, watching it, stopping it, and what was not taken in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, paging, work
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from accounts.uploads import takes_up_to
from customers.forms.imports import LARGEST_FILE, ImportCreateForm, ImportMappingForm, ImportReadingForm
from customers.imports import mapping, receiving, rejects, storing, watching
from customers.imports.looking import Unusable
from customers.models import Import

Status = Import.Status
ROOM_FOR_FORM = 100_000  # bytes beside the file


@require_safe
@may(Permission.SOURCES_MANAGE)
def import_list(request: HttpRequest) -> HttpResponse:
    rows = Import.objects.select_related("source", "created_by")
    return render(request, "customers/import_list.html", {"page": paging.newest_first(rows, request)})


@takes_up_to(LARGEST_FILE + ROOM_FOR_FORM, Permission.SOURCES_MANAGE)
@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def import_create(request: HttpRequest) -> HttpResponse:
    form = ImportCreateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (run := _received(request, form)):
        return redirect("customers:import_mapping", request.tenant.slug, run.public_id)
    return render(request, "customers/import_create.html", {"form": form, "kept": storing.KEPT.days}, status=422 if form.errors else 200)


def _received(request: HttpRequest, form: ImportCreateForm) -> Import | None:
    given, actor = form.cleaned_data, Actor.of(request)
    run = Import(kind=given["kind"], created_by=request.user)
    run.source = receiving.source_called(given["new_source"] or given["source"], actor=actor)
    if run.kind == Import.Kind.EVENTS:
        run.event_type = given["event_type"]
    if run.kind == Import.Kind.LIST:
        run.segment = receiving.list_called(given["segment"], by=request.user, actor=actor)
    try:
        return receiving.receive(run, given["file"])
    except Unusable as problem:
        form.add_error("file", str(problem))
        return None


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def import_mapping(request: HttpRequest, import_id: int) -> HttpResponse:
    rows = Import.objects.select_for_update() if request.method == "POST" else Import.objects  # of two clicks the second waits
    run = get_object_or_404(rows, pk=import_id)
    if run.is_due or not storing.is_kept(run):
        return redirect(run)
    problem = _read_anew(request, run) if "read" in request.POST else ""
    form = _mapping_form(request, run)
    if form is None:
        return redirect(run)
    if form.is_bound and form.is_valid():
        _start(request, run, form)
        return redirect(run)
    return _mapping_page(request, run, form, problem)


def _mapping_form(request: HttpRequest, run: Import) -> ImportMappingForm | None:
    """None, and a message, when the file can no longer be read."""
    given = request.POST if request.method == "POST" and "read" not in request.POST else None
    try:
        return ImportMappingForm(given, run=run, seen=receiving.beginning(run))
    except Unusable as problem:
        messages.error(request, str(problem))
        return None


def _mapping_page(request: HttpRequest, run: Import, form: ImportMappingForm, problem: str) -> HttpResponse:
    seen, month = form.seen, run.options.get("month_first", ())
    context = {
        "run": run,
        "form": form,
        "reading": ImportReadingForm(run=run),
        "problem": problem,
        "dates": mapping.said_dates(run.mapping, seen.names, seen.rows, month),
    }
    return render(request, "customers/import_mapping.html", context, status=422 if form.errors or problem else 200)


def _read_anew(request: HttpRequest, run: Import) -> str:
    """Reads the file as the colleague says; answers what is wrong with that."""
    form = ImportReadingForm(request.POST, run=run)
    if not form.is_valid():
        return _("Choose how the file is written.")
    try:
        receiving.look(run, **form.cleaned_data)
        run.mapping = receiving.suggested(run)
    except Unusable as problem:
        run.refresh_from_db()
        return str(problem)
    run.save()
    return ""


def _start(request: HttpRequest, run: Import, form: ImportMappingForm) -> None:
    receiving.use(run, form.chosen, currency=form.cleaned_data.get("currency", "").upper())
    _put_up(request, run, is_dry_run="try" in request.POST, from_start=True)


def _put_up(request: HttpRequest, run: Import, *, is_dry_run: bool, from_start: bool) -> None:
    run.wait_again(is_dry_run=is_dry_run, from_start=from_start)
    receiving.note_start(run, Actor.of(request))
    work.enqueue("customers.tasks.run_import", tenant_id=request.tenant.pk, import_id=run.pk)


@require_safe
@may(Permission.SOURCES_MANAGE)
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    run = get_object_or_404(Import.objects.select_related("source", "segment", "created_by"), pk=import_id)
    if run.status == Status.DRAFT and storing.is_kept(run):
        return redirect("customers:import_mapping", request.tenant.slug, run.public_id)
    template = "customers/import_detail.html" + ("#progress" if request.htmx else "")
    return render(request, template, {"run": run, "watched": watching.watch(run), "kept": storing.KEPT.days})


@require_POST
@may(Permission.SOURCES_MANAGE)
def import_start(request: HttpRequest, import_id: int) -> HttpResponse:
    """After a dry run: the same once more, for good. After a failure: on from where it stopped."""
    run = get_object_or_404(Import.objects.select_for_update(), pk=import_id)
    if run.is_over and (run.is_dry_run or run.status != Status.DONE) and storing.is_kept(run):
        _put_up(request, run, is_dry_run=False, from_start=run.is_dry_run)
    return redirect(run)


@require_POST
@may(Permission.SOURCES_MANAGE)
def import_cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    run = get_object_or_404(Import, pk=import_id)
    if run.is_due and not run.cancel_asked_at:
        run.ask_to_cancel()
        audit.record(Actor.of(request), Action.IMPORT_CANCELLED, run, after={"row": run.row})
        work.enqueue("customers.tasks.run_import", tenant_id=request.tenant.pk, import_id=run.pk)
    return redirect(run)


@require_safe
@may(Permission.SOURCES_MANAGE)
def import_errors(request: HttpRequest, import_id: int) -> HttpResponse:
    """For whoever may import, since that is who puts the rows right; written down in the audit log."""
    run = get_object_or_404(Import, pk=import_id)
    audit.record(Actor.of(request), Action.IMPORT_EXPORTED, run, after={"rows": run.bad})
    answer = StreamingHttpResponse(rejects.lines(request.tenant, run), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="not-taken-in-{run.public_id}.csv"'
    return answer

"""The consent log: its state, its events, one with its evidence, copies, the key, looking through all of it, and taking it away."""

from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, paging
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from consent.forms.ledger import LedgerCopyForm
from consent.ledger import bundle, checking, facts, looking, receipts, signing, verifier
from consent.ledger.keys import KeyLost
from consent.models import CheckpointCopy, LedgerEvent


@require_safe
@may(Permission.CONSENT_VIEW)
def ledger_log(request: HttpRequest) -> HttpResponse:
    template = "consent/ledger_log.html" + ("#check" if request.htmx else "")
    return render(request, template, {"log": looking.log()})


@require_safe
@may(Permission.CONSENT_VIEW)
def ledger_event_list(request: HttpRequest) -> HttpResponse:
    page = paging.newest_first(LedgerEvent.objects.select_related("subject"), request)
    return render(request, "consent/ledger_event_list.html", {"page": page, "lines": looking.lines(page.rows)})


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def ledger_event(request: HttpRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(LedgerEvent.objects.select_related("subject"), pk=event_id)
    audit.record(Actor.of(request), Action.CONSENT_VIEWED, event)
    return render(request, "consent/ledger_event.html", {"event": event, "evidence": looking.evidence(event)})


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def ledger_event_receipt(request: HttpRequest, event_id: int) -> HttpResponse:
    """As JSON-LD, or with ?form=kantara in the form of Kantara."""
    event = get_object_or_404(LedgerEvent, pk=event_id)
    make = receipts.kantara if request.GET.get("form") == "kantara" else receipts.receipt
    try:
        document = make(event.event_id, language=request.LANGUAGE_CODE)
    except (facts.NoReceipt, facts.Incomplete, KeyLost) as problem:
        return _no_receipt(request, event, problem)
    audit.record(Actor.of(request), Action.CONSENT_VIEWED, event, after={"receipt": make.__name__})
    name = {"Content-Disposition": f'attachment; filename="{make.__name__}-{event.event_id}.json"'}
    return JsonResponse(document, headers=name, json_dumps_params={"indent": 2, "ensure_ascii": False})


def _no_receipt(request: HttpRequest, event: LedgerEvent, problem: Exception) -> HttpResponse:
    context = {"event": event, "evidence": looking.evidence(event), "no_receipt": True, "missing": getattr(problem, "missing", [])}
    return render(request, "consent/ledger_event.html", context, status=409)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def ledger_copies(request: HttpRequest) -> HttpResponse:
    form = LedgerCopyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        copy = form.save()
        audit.record(Actor.of(request), Action.LEDGER_COPY_CHANGED, copy, after=audit.values_of(copy, "kind", "target"))
        messages.success(request, _("Copies go there from the next checkpoint on, within ten minutes."))
        return redirect("consent:ledger_copies", request.tenant.slug)
    rows = CheckpointCopy.objects.order_by("pk")
    return render(request, "consent/ledger_copies.html", {"form": form, "copies": rows}, status=422 if form.errors else 200)


@require_POST
@may(Permission.CONSENT_MANAGE)
def ledger_copy_remove(request: HttpRequest, copy_id: int) -> HttpResponse:
    copy = get_object_or_404(CheckpointCopy.objects.exclude(kind=CheckpointCopy.Kind.FILE), pk=copy_id)
    audit.record(Actor.of(request), Action.LEDGER_COPY_CHANGED, copy, before=audit.values_of(copy, "kind", "target"))
    copy.delete()
    return redirect("consent:ledger_copies", request.tenant.slug)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def ledger_key_renew(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        key = signing.renew()
        audit.record(Actor.of(request), Action.LEDGER_KEY_RENEWED, key, after={"key": signing.verifier_key(key)})
        messages.success(request, _("The new key signs from now on. Tell whoever keeps the old one."))
        return redirect("consent:ledger_log", request.tenant.slug)
    return render(request, "consent/ledger_key_renew.html", {"log": looking.log()})


@require_POST
@may(Permission.CONSENT_VIEW)
def ledger_check(request: HttpRequest) -> HttpResponse:
    """Changes nothing of the log, so whoever may see it may have it looked through."""
    checking.ask(by=request.user)
    return redirect("consent:ledger_log", request.tenant.slug)


@require_safe
@may(Permission.DATA_EXPORT)
def ledger_export(request: HttpRequest) -> HttpResponse:
    audit.record(Actor.of(request), Action.LEDGER_EXPORTED)
    answer = StreamingHttpResponse(bundle.lines(request.tenant), content_type="application/jsonl; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="consent-log-{request.tenant.slug}.jsonl"'
    return answer


@require_safe
@may(Permission.CONSENT_VIEW)
def ledger_verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks an exported log, to run anywhere."""
    return FileResponse(Path(verifier.__file__).open("rb"), as_attachment=True, filename="verifier.py", content_type="text/x-python")

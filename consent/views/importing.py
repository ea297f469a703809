"""Consents from elsewhere, handed in with their proof: a small file is taken in at once, and the page says what became of each row."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from accounts.uploads import takes_up_to
from consent import importing
from consent.forms.importing import LARGEST_EVIDENCE, LARGEST_FILE, ConsentImportForm
from consent.importing import Fault, Order, Outcome
from customers.imports.looking import Unusable

ROOM_FOR_FORM = 100_000  # bytes beside the files
SHOWN = 200


@takes_up_to(LARGEST_FILE + LARGEST_EVIDENCE + ROOM_FOR_FORM, Permission.CONSENT_MANAGE)
@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def consent_import(request: HttpRequest) -> HttpResponse:
    form, faults, outcome = ConsentImportForm(request.POST or None, request.FILES or None), [], None
    if request.method == "POST" and form.is_valid():
        outcome = _taken_in(request, form, faults)
    context = {"form": form, "outcome": outcome, "faults": sorted(faults)[:SHOWN], "has_more": len(faults) > SHOWN}
    return render(request, "consent/consent_import.html", context, status=422 if form.errors else 200)


def _taken_in(request: HttpRequest, form: ConsentImportForm, faults: list[Fault]) -> Outcome | None:
    """Nothing of it stands when the file cannot be read to its end: it is one transaction."""
    said = form.cleaned_data
    key, _dot, channel = said["offer"].partition(".")
    evidence = importing.fingerprint(said["evidence"]) if said["evidence"] else ""
    try:
        purpose = importing.purpose_for(key, channel)
        order = Order(purpose, channel, said["source"], form.mapping, evidence, f"user:{request.user.pk}")
        with transaction.atomic():
            return importing.take_in(request.tenant, said["file"], order, tell=faults.append, actor=Actor.of(request))
    except Unusable as problem:
        form.add_error("file", str(problem))
        faults.clear()
        return None

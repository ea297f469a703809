"""What customers see of themselves after the code: what is held, what they did, what may be sent and why, and all they ever chose."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging
from consent.ledger import facts, receipts
from consent.portal import held as holding
from consent.portal import told
from consent.portal.pages import view_page
from customers import timeline


@require_safe
@view_page
def held(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/held.html", {"held": holding.everything(request.customer)})


@require_safe
@view_page
def did(request: HttpRequest) -> HttpResponse:
    page = timeline.timeline(request.customer.pk, before=request.GET.get("before", ""))
    return render(request, "portal/did.html", {"timeline": page})


@require_safe
@view_page
def messages(request: HttpRequest) -> HttpResponse:
    page = paging.newest_first(told.decisions(request.customer), request)
    return render(request, "portal/messages.html", {"page": page, "answers": [told.answer(each) for each in page.rows]})


@require_safe
@view_page
def history(request: HttpRequest) -> HttpResponse:
    steps = told.history(request.customer, before=request.GET.get("before", ""))
    return render(request, "portal/history.html", {"steps": steps})


@require_safe
@view_page
def receipt(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Of a choice of this customer, signed, as a file to keep (CR9)."""
    if not told.is_of(request.customer, event_id):
        raise Http404
    try:
        document = receipts.receipt(event_id, language=request.LANGUAGE_CODE)
    except facts.NoReceipt:
        raise Http404 from None
    except facts.Incomplete:
        return render(request, "portal/no_receipt.html", status=409)
    name = {"Content-Disposition": f'attachment; filename="receipt-{event_id}.jsonld"'}
    return JsonResponse(document, content_type="application/ld+json", headers=name, json_dumps_params={"indent": 2, "ensure_ascii": False})

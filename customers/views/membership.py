"""Who is in a segment, who joined and left, and why somebody is in it or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, paging
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from customers import provenance
from customers.models import Customer, Segment, SegmentChange, SegmentMember
from customers.segments import explaining, versions


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def segment_members(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment, pk=segment_id)
    page = paging.newest_first(SegmentMember.objects.filter(segment=row).select_related("customer"), request)
    return render(request, "customers/segment_members.html", {"segment": row, "page": page})


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def segment_history(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment, pk=segment_id)
    page = paging.newest_first(SegmentChange.objects.filter(segment=row).select_related("customer"), request)
    return render(request, "customers/segment_history.html", {"segment": row, "page": page})


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def segment_why(request: HttpRequest, segment_id: int, customer_id: int) -> HttpResponse:
    row, customer = get_object_or_404(Segment, pk=segment_id), get_object_or_404(Customer, pk=customer_id)
    audit.record(Actor.of(request), Action.CUSTOMER_VIEWED, customer)
    rule = versions.rule_of(row)
    changes = SegmentChange.objects.filter(segment=row, customer=customer).order_by("-at")[:20]
    context = {
        "segment": row,
        "customer": customer,
        "why": explaining.why(customer, rule) if rule else None,
        "is_member": SegmentMember.objects.filter(segment=row, customer_id__in=provenance.rows_of(customer)).exists(),
        "changes": changes,
    }
    return render(request, "customers/segment_why.html", context)

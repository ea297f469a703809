"""Customers: the list with search, one customer with everything known of it, putting together and taking apart."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, paging
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from accounts.tenancy import public_ids
from customers import merging, provenance, scores, search, timeline
from customers.forms.customer import SHOWN_AT_FIRST, ColumnsForm, CustomerSearchForm, MergeForm, column_choices
from customers.models import Attribute, Customer, Score, Segment, SegmentMember
from customers.segments import explaining, versions

COLUMNS = "customer_columns"  # in the session: what this colleague wants to see in the list


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def customer_list(request: HttpRequest) -> HttpResponse:
    form = CustomerSearchForm(request.GET)
    customers = form.found()
    page = paging.newest_first(customers, request)
    known = {score.customer_id: score for score in Score.objects.filter(customer_id__in=[row.pk for row in page.rows])}
    shown = _columns(request)
    context = {
        "form": form,
        "page": page,
        "lines": [(row, known.get(row.pk)) for row in page.rows],
        "count": search.count(customers),
        "columns": shown,
        "is_empty": not page.rows and not form.is_active,
    }
    return render(request, "customers/customer_list.html", context)


def _columns(request: HttpRequest) -> list[tuple[str, str, Attribute | None]]:
    """(key, heading, attribute or None for a score) of the columns that this colleague has chosen."""
    wanted = request.session.get(COLUMNS, SHOWN_AT_FIRST)
    attributes = {attribute.key: attribute for attribute in Attribute.objects.in_use().filter(key__in=wanted)}
    return [(key, str(heading), attributes.get(key)) for key, heading in column_choices() if key in wanted]


@require_http_methods(["GET", "POST"])
@may(Permission.CUSTOMERS_VIEW)
def customer_columns(request: HttpRequest) -> HttpResponse:
    form = ColumnsForm(request.POST or None, initial={"columns": request.session.get(COLUMNS, SHOWN_AT_FIRST)})
    if request.method == "POST" and form.is_valid():
        request.session[COLUMNS] = form.cleaned_data["columns"]
        return redirect("customers:customer_list", request.tenant.slug)
    return render(request, "customers/customer_columns.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    one = get_object_or_404(Customer, pk=customer_id)
    if one.root != one.pk:
        return redirect(Customer.objects.get(pk=one.root))
    audit.record(Actor.of(request), Action.CUSTOMER_VIEWED, one)
    return render(request, "customers/customer.html", _portrait(request, one))


def _portrait(request: HttpRequest, one: Customer) -> dict[str, Any]:
    rows = provenance.rows_of(one)
    score = Score.objects.filter(customer=one).first()
    return {
        "customer": one,
        "identifiers": provenance.identifiers(rows),
        "facts": provenance.facts(rows),
        "score": score,
        "score_says": scores.explain(score) if score else [],
        "memberships": provenance.memberships(rows),
        "link_count": len(rows) - 1,
        **_happened(request, one),
    }


def _happened(request: HttpRequest, one: Customer) -> dict[str, Any]:
    types = timeline.types_of(one.pk)
    chosen = next((kind for kind in types if kind.public_id == request.GET.get("event")), None)
    shown = timeline.timeline(one.pk, before=request.GET.get("before", ""), type_id=chosen and chosen.pk)
    return {"types": types, "chosen": chosen, "timeline": shown}


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def customer_why(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Why this customer is in a segment, or is not."""
    one = get_object_or_404(Customer.objects.present(), pk=customer_id)
    audit.record(Actor.of(request), Action.CUSTOMER_VIEWED, one)
    segments = list(Segment.objects.in_use())
    chosen = next((row for row in segments if row.public_id == request.GET.get("segment")), segments[0] if segments else None)
    membership = chosen and SegmentMember.objects.filter(customer_id__in=provenance.rows_of(one), segment=chosen).first()
    rule = versions.rule_of(chosen) if chosen and chosen.kind == Segment.Kind.RULE and chosen.version else None
    why = explaining.why(one, rule) if rule else None
    context = {"customer": one, "segments": segments, "chosen": chosen, "membership": membership, "why": why}
    return render(request, "customers/customer_why.html", context)


@require_safe
@may(Permission.CUSTOMERS_VIEW)
def customer_merges(request: HttpRequest, customer_id: int) -> HttpResponse:
    one = get_object_or_404(Customer, pk=customer_id)
    audit.record(Actor.of(request), Action.CUSTOMER_VIEWED, one)
    page = paging.newest_first(provenance.links(provenance.rows_of(one)), request)
    context = {"customer": one, "links": page.rows, "page": page}
    return render(request, "customers/customer_merges.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.CUSTOMERS_CHANGE)
def customer_merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    one = get_object_or_404(Customer.objects.present(), pk=customer_id)
    if request.method == "POST":
        return _merge(request, one)
    form = MergeForm(request.GET or None)
    found = search.find(form.cleaned_data["q"]).exclude(pk=one.pk).order_by("-pk")[:20] if form.is_valid() else None
    return render(request, "customers/customer_merge.html", {"customer": one, "form": form, "found": found})


def _merge(request: HttpRequest, one: Customer) -> HttpResponse:
    other = next((row for row in Customer.objects.present().filter(pk=_posted(request)) if row.pk != one.pk), None)
    if other is None:
        messages.error(request, _("Choose the customer that is the same."))
        return redirect("customers:customer_merge", request.tenant.slug, one.public_id)
    try:
        merging.merge(other, one, by=request.user)
    except merging.CannotMerge as no:  # somebody, or a source, was a moment earlier
        messages.error(request, str(no))
        return redirect(one)
    audit.record(Actor.of(request), Action.CUSTOMERS_MERGED, one, after={"merged": other.audit_name})
    messages.success(request, _("Put together. You can take them apart again under Merges."))
    return redirect(one)


def _posted(request: HttpRequest) -> int:
    try:
        return public_ids.decode(request.tenant, request.POST.get("other", ""))
    except public_ids.NotAnId:
        return 0


@require_POST
@may(Permission.CUSTOMERS_CHANGE)
def customer_unmerge(request: HttpRequest, customer_id: int, merge_id: int) -> HttpResponse:
    top = get_object_or_404(Customer, pk=customer_id)
    link = get_object_or_404(provenance.links(provenance.rows_of(top)), pk=merge_id)
    try:
        apart = merging.unmerge(link, by=request.user)
    except merging.CannotMerge as no:
        messages.error(request, str(no))
    else:
        audit.record(Actor.of(request), Action.CUSTOMERS_UNMERGED, apart, before={"was in": top.audit_name})
        messages.success(request, _("%(customer)s stands on its own again.") % {"customer": apart})
    return redirect("customers:customer_merges", request.tenant.slug, top.public_id)

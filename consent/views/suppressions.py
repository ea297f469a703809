"""Blocked addresses: how many there are, looking one up, blocking by hand, lifting what may be lifted."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import paging
from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent import blocking
from consent.blocking import Block
from consent.forms.blocking import AddressForm, BlockForm
from consent.models import Suppression


@require_safe
@may(Permission.CONSENT_VIEW)
def suppression_list(request: HttpRequest) -> HttpResponse:
    context = {"form": AddressForm(), "totals": blocking.totals(), "page": paging.newest_first(blocking.domains(), request)}
    return render(request, "consent/suppression_list.html", context)


@require_POST
@may(Permission.CUSTOMERS_VIEW)
def suppression_search(request: HttpRequest) -> HttpResponse:
    """Posted, and answered at once: an address belongs in no address bar and in no log."""
    form = AddressForm(request.POST)
    context = {"form": form}
    if form.is_valid():
        address = form.cleaned_data["address"]
        context |= {"address": address, "standing": blocking.look_up(address, actor=Actor.of(request))}
    return render(request, "consent/suppression_search.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def suppression_create(request: HttpRequest) -> HttpResponse:
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        blocking.block(Block(**form.cleaned_data), by=request.user, actor=Actor.of(request))
        messages.success(request, _("Blocked. Nothing is sent there from now on."))
        return redirect("consent:suppression_list", request.tenant.slug)
    return render(request, "consent/suppression_create.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@may(Permission.CONSENT_MANAGE)
def suppression_lift(request: HttpRequest, suppression_id: int) -> HttpResponse:
    row = get_object_or_404(Suppression.objects.standing(), pk=suppression_id)
    if blocking.lift(row, by=request.user, actor=Actor.of(request)):
        messages.success(request, _("The block is lifted. Whether something may be sent is up to what the customer allows."))
    else:
        messages.error(request, blocking.why_not(row) or _("A colleague has lifted it already."))
    return redirect("consent:suppression_list", request.tenant.slug)

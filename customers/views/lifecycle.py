"""The thresholds of the lifecycle: when a customer is new, active, at risk or lapsed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from customers import catalogue, scores
from customers.forms.segment import LifecycleForm


@require_http_methods(["GET", "POST"])
@may(Permission.CONTENT_EDIT)
def lifecycle_change(request: HttpRequest) -> HttpResponse:
    rule = scores.lifecycle_rule()
    before = audit.values_of(rule)
    form = LifecycleForm(request.POST or None, instance=rule, events=list(catalogue.event_types()))
    if request.method == "POST" and form.is_valid():
        scores.change_rule(form.instance, before, actor=Actor.of(request))
        messages.success(request, _("Saved. Scores follow within a few minutes."))
        return redirect("customers:segment_list", request.tenant.slug)
    return render(request, "customers/lifecycle_change.html", {"form": form}, status=422 if form.errors else 200)

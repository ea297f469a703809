"""How long what is kept: every rule with its last run, what would go now, a change, and running it at once."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, work
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from consent import retention
from consent.forms.retention import RetentionForm


@require_safe
@may(Permission.CONSENT_VIEW)
def retention_list(request: HttpRequest) -> HttpResponse:
    """With ?look it counts what would go now, which takes longer."""
    attributes, events = retention.declared()
    context = {"terms": retention.terms(), "attributes": attributes, "events": events}
    context["due"] = [each for each in retention.look() if each.count] if "look" in request.GET else None
    return render(request, "consent/retention_list.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def retention_change(request: HttpRequest) -> HttpResponse:
    """?about= names the rule."""
    rule = retention.rules().get(request.GET.get("about", ""))
    if rule is None:
        raise Http404
    form = RetentionForm(rule, request.POST or None)
    if request.method == "POST" and form.is_valid():
        retention.change(rule.about, form.cleaned_data["days"], form.cleaned_data["reason"].strip(), actor=Actor.of(request))
        messages.success(request, _("Saved. It holds from the next night on."))
        return redirect("consent:retention_list", request.tenant.slug)
    return render(request, "consent/retention_change.html", {"form": form, "rule": rule}, status=422 if form.errors else 200)


@require_POST
@may(Permission.CONSENT_MANAGE)
def retention_run(request: HttpRequest) -> HttpResponse:
    work.enqueue("consent.tasks.keep_terms_of", tenant_id=request.tenant.pk)
    audit.record(Actor.of(request), Action.RETENTION_CHANGED, after={"run": "now"})
    messages.success(request, _("It runs now. What is past its term goes."))
    return redirect("consent:retention_list", request.tenant.slug)

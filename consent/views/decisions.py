"""Decisions: each time it was asked whether something may be sent, what the answer was, and why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging
from accounts.access import may
from accounts.permissions import Permission
from consent import answers
from consent.forms.decisions import DecisionSearchForm


@require_safe
@may(Permission.CONSENT_VIEW)
def decision_list(request: HttpRequest) -> HttpResponse:
    form = DecisionSearchForm(request.GET)
    page = paging.newest_first(form.found(), request)
    context = {"form": form, "page": page, "lines": answers.lines(page.rows), "refusals": answers.refusals()}
    return render(request, "consent/decision_list.html", context, status=422 if form.errors else 200)

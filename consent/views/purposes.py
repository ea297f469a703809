"""Purposes: the list, one of them, its draft, putting it in force, putting it away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from consent.forms.purposes import PurposeDraftForm, PurposePublishForm
from consent.models import Purpose, PurposeVersion
from consent.register import drafts, history, listing, publishing, starting
from consent.register.content import of_version
from consent.register.drafts import KeyTaken
from consent.register.publishing import CannotPublish


@require_safe
@may(Permission.CONSENT_VIEW)
def purpose_list(request: HttpRequest) -> HttpResponse:
    shows_archived = "archived" in request.GET
    lines = listing.lines(Purpose.objects.filter(archived_at__isnull=not shows_archived))
    context = {
        "lines": lines,
        "due": [line for line in lines if listing.is_due(line.shown) and line.purpose.version and not shows_archived],
        "shows_archived": shows_archived,
    }
    return render(request, "consent/purpose_list.html", context)


@require_safe
@may(Permission.CONSENT_VIEW)
def purpose(request: HttpRequest, purpose_id: int) -> HttpResponse:
    row = get_object_or_404(Purpose.objects.select_related("version"), pk=purpose_id)
    return render(request, "consent/purpose.html", {"purpose": row, "record": history.of(row, by=request.user)})


@require_POST
@may(Permission.CONSENT_MANAGE)
def purpose_start(request: HttpRequest) -> HttpResponse:
    """The eight usual purposes as drafts: nothing is in force before somebody has read and published it."""
    made = starting.draft(by=request.user, actor=Actor.of(request))
    messages.success(request, _("%(count)s drafts are made. Read each, and publish it.") % {"count": len(made)})
    return redirect("consent:purpose_list", request.tenant.slug)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def purpose_create(request: HttpRequest) -> HttpResponse:
    row, draft = Purpose(), PurposeVersion(channels=[])
    form = PurposeDraftForm(request.POST or None, instance=draft, purpose=row)
    if request.method == "POST" and form.is_valid() and _create(request, form):
        messages.success(request, _("The draft is saved. Nothing is in force yet."))
        return redirect(row)
    return render(request, "consent/purpose_create.html", {"form": form}, status=422 if form.errors else 200)


def _create(request: HttpRequest, form: PurposeDraftForm) -> bool:
    try:
        drafts.create(form.purpose, form.instance, by=request.user, actor=Actor.of(request))
    except KeyTaken as taken:
        form.purpose.pk = None
        form.add_error("key", str(taken))
    return not form.errors


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def purpose_change(request: HttpRequest, purpose_id: int) -> HttpResponse:
    """Changes the draft; the first change after a publication begins the next version."""
    row = get_object_or_404(Purpose, pk=purpose_id)
    draft = drafts.begin(drafts.hold(row) if request.method == "POST" else row)
    before = of_version(draft)
    form = PurposeDraftForm(request.POST or None, instance=draft, purpose=draft.purpose)
    if request.method == "POST" and form.is_valid():
        drafts.save(draft, before, by=request.user, actor=Actor.of(request))
        messages.success(request, _("The draft is saved. What is in force stays until it is published."))
        return redirect(row)
    context = {"form": form, "purpose": row, "draft": draft}
    return render(request, "consent/purpose_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.CONSENT_MANAGE)
def purpose_publish(request: HttpRequest, purpose_id: int) -> HttpResponse:
    row = get_object_or_404(Purpose.objects.select_related("version"), pk=purpose_id)
    form = PurposePublishForm(request.POST or None, purpose=row)
    if request.method == "POST" and form.is_valid() and _publish(request, row, form):
        messages.success(request, _("Published. It is what customers see from now on."))
        return redirect(row)
    context = {"form": form, "purpose": row, "preview": history.preview(row, by=request.user)}
    return render(request, "consent/purpose_publish.html", context, status=422 if form.errors else 200)


def _publish(request: HttpRequest, row: Purpose, form: PurposePublishForm) -> bool:
    said = form.cleaned_data
    try:
        publishing.publish(row, said["seen"], is_material=said.get("is_material", False), by=request.user, actor=Actor.of(request))
    except CannotPublish as bad:
        form.add_error(None, [fault.says for fault in bad.faults])
    return not form.errors


@require_POST
@may(Permission.CONSENT_MANAGE)
def purpose_archive(request: HttpRequest, purpose_id: int) -> HttpResponse:
    row = get_object_or_404(Purpose, pk=purpose_id)
    publishing.archive(row, is_archived=row.archived_at is None, actor=Actor.of(request))
    messages.success(request, _("“%(name)s” is put away.") % {"name": row} if row.archived_at else _("“%(name)s” is back.") % {"name": row})
    return redirect(row)

"""Segments: the list, one of them, its builder, its JSON, putting it away."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import may
from accounts.audit import Actor
from accounts.permissions import Permission
from customers import visibility
from customers.forms.segment import RuleDraft, RuleJsonForm, SegmentForm
from customers.models import Segment, SegmentVersion
from customers.segments import preview, schema, starts, versions
from customers.segments.faults import BadRule
from customers.segments.versions import InUse, NameTaken
from customers.segments.vocabulary import Vocabulary


@require_safe
@may(Permission.CONTENT_VIEW)
def segment_list(request: HttpRequest) -> HttpResponse:
    shows_archived = "archived" in request.GET
    rows = Segment.objects.filter(archived_at__isnull=not shows_archived)
    context = {"segments": versions.with_words(rows), "shows_archived": shows_archived, "starts": starts.starts()}
    return render(request, "customers/segment_list.html", context)


@require_safe
@may(Permission.CONTENT_EDIT)
def segment_start(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/segment_start.html", {"starts": starts.starts()})


@require_safe
@may(Permission.CONTENT_VIEW)
def segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment, pk=segment_id)
    version = versions.newest(row)
    context = {
        "segment": row,
        "version": version,
        "says": versions.says(version) if version else "",
        "used_in": versions.used_in().get(row.pk, []),
        "moves": versions.moves(row),
        "purpose": visibility.title(row.purpose),
    }
    return render(request, "customers/segment.html", context)


@require_http_methods(["GET", "POST"])
@may(Permission.CONTENT_EDIT)
def segment_create(request: HttpRequest) -> HttpResponse:
    """`?start=` names a ready-made start; without one it starts with all customers."""
    asked = request.GET.get("start", "")
    begin = starts.start(asked)
    if asked and begin is None:
        raise Http404
    return _build(request, Segment(name=str(begin.name) if begin else ""), begin.rule if begin else starts.empty())


@require_http_methods(["GET", "POST"])
@may(Permission.CONTENT_EDIT)
def segment_change(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment.objects.by_rule().in_use(), pk=segment_id)
    version = versions.newest(row)
    return _build(request, row, version.rule if version else starts.empty())


def _build(request: HttpRequest, row: Segment, rule: dict) -> HttpResponse:
    """The builder: each button but "Save" changes the rule of the form, and shows the form again."""
    form, asked = SegmentForm(request.POST or None, instance=row), request.POST.get("do", "save")
    vocabulary = Vocabulary.load(form.asked_purpose)
    draft = RuleDraft.posted(request, vocabulary) if request.method == "POST" else RuleDraft(rule, vocabulary)
    is_saving = request.method == "POST" and asked == "save"
    if is_saving and form.is_valid() and (saved := _save(request, form, draft)):
        messages.success(request, _("Saved. Who is in it is being worked out."))
        return redirect(saved)
    if request.method == "POST" and not is_saving:
        draft.take_step(asked)
        form = SegmentForm(initial={"name": request.POST.get("name", ""), "purpose": form.asked_purpose}, instance=row)
    return _builder(request, row, draft, form, is_saving=is_saving)


def _builder(request: HttpRequest, row: Segment, draft: RuleDraft, form: SegmentForm, *, is_saving: bool) -> HttpResponse:
    context = {"segment": row, "draft": draft, "form": form, "next": row.version + 1, "is_new": row.pk is None, "is_saving": is_saving}
    if request.POST.get("do") == "count" and draft.rule:
        context["preview"] = _preview(request, row if row.pk else None, draft)
    if not is_saving:
        draft.faults = []  # a line that was just added is not wrong yet
    answer = render(request, "customers/segment_change.html", context, status=422 if is_saving else 200)
    answer.headers["HX-Trigger"] = "rules-drawn"  # to the live count: counts that are swapped into the lines must not set it off again
    return answer


def _save(request: HttpRequest, form: SegmentForm, draft: RuleDraft) -> Segment | None:
    name, purpose, by = form.cleaned_data["name"], form.cleaned_data["purpose"], {"by": request.user, "actor": Actor.of(request)}
    try:
        if form.instance.pk is None:
            return versions.create(name, draft.raw, purpose=purpose, **by)
        return versions.change(Segment.objects.get(pk=form.instance.pk), name, purpose, draft.raw, **by)
    except BadRule as bad:
        draft.faults = bad.faults
    except NameTaken as taken:
        form.add_error("name", str(taken))
    except InUse as used:
        form.add_error("purpose", str(used))
    return None


@require_POST
@may(Permission.CONTENT_EDIT)
def segment_preview(request: HttpRequest) -> HttpResponse:
    draft = RuleDraft.posted(request, Vocabulary.load(SegmentForm(request.POST).asked_purpose))
    row = next((one for one in draft.vocabulary.segments.values() if one.name == request.POST.get("saved_name")), None)
    context = {"draft": draft, "preview": _preview(request, row, draft) if draft.rule else None, "is_swapped": True}
    return render(request, "customers/segment_preview.html", context)


def _preview(request: HttpRequest, row: Segment | None, draft: RuleDraft) -> preview.Preview:
    return preview.look(draft.rule, segment=row, with_sample=request.membership.may(Permission.CUSTOMERS_VIEW))


@require_http_methods(["GET", "POST"])
@may(Permission.CONTENT_EDIT)
def segment_json(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment.objects.by_rule().in_use(), pk=segment_id)
    version = versions.newest(row)
    draft = RuleDraft(version.rule if version else starts.empty(), Vocabulary.load(row.purpose))
    form = RuleJsonForm(request.POST or None, initial={"rule": draft.json})
    if request.method == "POST" and form.is_valid() and _save_json(request, row, form):
        messages.success(request, _("Saved. Who is in it is being worked out."))
        return redirect(row)
    return render(request, "customers/segment_json.html", {"segment": row, "form": form}, status=422 if form.errors else 200)


def _save_json(request: HttpRequest, row: Segment, form: RuleJsonForm) -> bool:
    try:
        versions.save(row, form.cleaned_data["rule"], by=request.user, actor=Actor.of(request))
    except BadRule as bad:
        form.add_error("rule", [str(fault) for fault in bad.faults])
    return not form.errors


@require_POST
@may(Permission.CONTENT_EDIT)
def segment_archive(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment, pk=segment_id)
    try:
        versions.archive(row, is_archived=row.archived_at is None, actor=Actor.of(request))
    except (InUse, NameTaken, BadRule) as fault:
        messages.error(request, str(fault))
        return redirect(row)
    messages.success(request, _("“%(name)s” is put away.") % {"name": row} if row.archived_at else _("“%(name)s” is back.") % {"name": row})
    return redirect(row)  # where the way back is


@require_safe
@may(Permission.CONTENT_VIEW)
def segment_versions(request: HttpRequest, segment_id: int) -> HttpResponse:
    row = get_object_or_404(Segment, pk=segment_id)
    rows = list(SegmentVersion.objects.filter(segment=row).order_by("-number")[:100])
    context = {"segment": row, "versions": versions.compared(rows)}
    return render(request, "customers/segment_versions.html", context)


@require_safe
@may(Permission.CONTENT_VIEW)
def rule_schema(request: HttpRequest) -> JsonResponse:
    return JsonResponse(schema.load(), json_dumps_params={"indent": 2}, content_type="application/schema+json")

"""The attributes of a tenant: the list, a new one, a change, putting away, and keys that sources send and nobody declared."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.access import may
from accounts.audit import Action, Actor
from accounts.permissions import Permission
from customers import attributes, catalogue
from customers.forms.catalogue import AttributeForm
from customers.models import Attribute, UndeclaredKey


@require_safe
@may(Permission.CONTENT_VIEW)
def attribute_list(request: HttpRequest) -> HttpResponse:
    context = {
        "attributes": list(catalogue.attributes().values()),
        "retired": Attribute.objects.exclude(retired_at=None),
        "undeclared": _undeclared() if request.membership.may(Permission.CUSTOMERS_VIEW) else [],
    }
    return render(request, "customers/attribute_list.html", context)


def _undeclared() -> "UndeclaredKey.objects":
    """Whatever a source makes up; where it sends values as keys these may be personal data."""
    return UndeclaredKey.objects.select_related("source").order_by("-times")[:50]


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def attribute_create(request: HttpRequest) -> HttpResponse:
    first = {name: request.GET[name] for name in ("key", "label", "type") if name in request.GET}
    form = AttributeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        attribute = form.save()
        taken = attributes.take_up(attribute)
        audit.record(Actor.of(request), Action.ATTRIBUTE_CREATED, attribute, after=audit.values_of(attribute))
        messages.success(
            request, _("%(attribute)s is an attribute now; %(taken)s values were waiting.") % {"attribute": attribute, "taken": taken}
        )
        return redirect("customers:attribute_list", request.tenant.slug)
    return render(request, "customers/attribute_create.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@may(Permission.SOURCES_MANAGE)
def attribute_change(request: HttpRequest, attribute_id: int) -> HttpResponse:
    attribute = get_object_or_404(Attribute, pk=attribute_id)
    before = audit.values_of(attribute)
    form = AttributeForm(request.POST or None, instance=attribute)
    if request.method == "POST" and form.is_valid():
        audit.record(Actor.of(request), Action.ATTRIBUTE_CHANGED, form.save(), before=before, after=audit.values_of(attribute))
        messages.success(request, _("%(attribute)s is saved.") % {"attribute": attribute})
        return redirect("customers:attribute_list", request.tenant.slug)
    return render(request, "customers/attribute_change.html", {"form": form, "attribute": attribute}, status=422 if form.errors else 200)


@require_POST
@may(Permission.SOURCES_MANAGE)
def attribute_retire(request: HttpRequest, attribute_id: int) -> HttpResponse:
    """Puts an attribute away, or takes it up again: what sources said of it stays."""
    attribute = get_object_or_404(Attribute, pk=attribute_id)
    before = audit.values_of(attribute, "retired_at")
    attributes.retire(attribute) if attribute.retired_at is None else attributes.restore(attribute)
    audit.record(Actor.of(request), Action.ATTRIBUTE_CHANGED, attribute, before=before, after=audit.values_of(attribute, "retired_at"))
    said = _("“%(name)s” is put away.") if attribute.retired_at else _("“%(name)s” is back.")
    messages.success(request, said % {"name": attribute})
    return redirect("customers:attribute_list", request.tenant.slug)

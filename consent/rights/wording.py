"""What requests, tables and rules are called in codes, in words out: for customers, and for who answers them."""

from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import Purpose, RightsRequest
from customers import catalogue
from customers.models import Attribute
from customers.templatetags.portrait import label

# By what a model says that it holds (accounts/holding.py).
TABLES = {
    "who it is": gettext_lazy("who you are"),
    "what they did": gettext_lazy("what you did"),
    "what was worked out about them": gettext_lazy("what we worked out about you"),
    "for which purposes they may be seen": gettext_lazy("what your data may be used for"),
    "records that were put together": gettext_lazy("records of you that were put together"),
    "what they are known by": gettext_lazy("what you are known by"),
    "what each source said": gettext_lazy("what each source told us"),
    "which segments they are in": gettext_lazy("groups that you are in"),
    "when they joined and left segments": gettext_lazy("when you joined and left groups"),
    "that something changed": gettext_lazy("that something about you changed"),
    "a form that waits for its confirmation": gettext_lazy("forms that wait for your confirmation"),
    "a copy of everything": gettext_lazy("copies that were made for you"),
    "what they allow": gettext_lazy("what you allow"),
    "what stops all use": gettext_lazy("what you stopped"),
    "how much they want to get": gettext_lazy("how much you want to get"),
    "that a code was sent": gettext_lazy("codes that were mailed to you"),
}


def table(what: str) -> str:
    return str(TABLES.get(what, what))


class Names:
    """What attributes and purposes are called, by their keys: each read once, for a list of requests."""

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        return catalogue.attributes()

    @cached_property
    def purposes(self) -> dict[str, str]:
        return {each.key: str(each) for each in Purpose.objects.select_related("version")}


def asked(request: RightsRequest, names: Names | None = None) -> str:
    """In a few words: "Delete everything", "Correct something: City"."""
    said, about = str(request.get_kind_display()), thing(request, names or Names())
    if request.kind == RightsRequest.Kind.RECTIFY and request.detail.get("attribute") and request.detail.get("value") in (None, ""):
        return _("Delete: %(thing)s") % {"thing": about}
    return f"{said}: {about}" if about else said


def thing(request: RightsRequest, names: Names) -> str:
    """What it is about; "" for everything."""
    detail = request.detail
    if key := detail.get("attribute", ""):
        return label(names.attributes[key]) if key in names.attributes else key
    if purpose := detail.get("purpose", ""):
        return detail.get("about") or names.purposes.get(purpose, purpose)
    return str(detail.get("about", ""))

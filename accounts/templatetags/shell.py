"""A name, a form field or a state goes in; the markup of the design language comes out. Leaves no row."""

from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

SPRITE = "vendor/bootstrap-icons.svg"
CONTROLS = {
    "checkbox": "form-check-input",
    "group": "form-check-input",
    "select": "form-select",
    "color": "form-control form-control-color",
}
STATE_ICONS = {
    "allowed": "check-circle-fill",
    "refused": "x-circle-fill",
    "expired": "clock-history",
    "info": "info-circle",
    "unknown": "question-circle",
    "draft": "",
}

# In the order to look in: most browsers also name the ones they descend from.
BROWSERS = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
DEVICES = [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux")]


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw one symbol of the sprite; it is decoration, so a word stands beside it."""
    classes = f"icon {extra}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static(SPRITE), name)


@register.inclusion_tag("components/_state.html")
def state(kind: str, word: str, mark: str = "") -> dict[str, str]:
    """Show a state as icon, word and colour; kind is allowed, refused, expired, info, unknown or draft."""
    return {"kind": kind, "word": word, "mark": mark or STATE_ICONS[kind]}


@register.inclusion_tag("components/_field.html")
def field(bound: BoundField, label: str = "") -> dict[str, Any]:
    """Render a form field with its label, help and error tied together."""
    kind = _kind(bound)
    attrs = bound.field.widget.attrs
    attrs["class"] = " ".join(filter(None, [attrs.get("class"), CONTROLS.get(kind, "form-control"), _invalid(bound)]))
    attrs.pop("placeholder", None)  # a placeholder is never a label; help stands under the field
    return {"field": bound, "kind": kind, "label": label or bound.label}


@register.inclusion_tag("components/_filter_field.html")
def filter_field(bound: BoundField) -> dict[str, Any]:
    """Render a field of a search; nothing there is required, so it says nothing about that."""
    return field(bound)


@register.filter
def browser(user_agent: str) -> str:
    """Say which browser on which device, such as "Firefox on Windows"; an unknown one in its own words."""
    words = [next((name for mark, name in marks if mark in user_agent), "") for marks in (BROWSERS, DEVICES)]
    return gettext("%(browser)s on %(device)s") % dict(zip(("browser", "device"), words, strict=True)) if all(words) else user_agent[:60]


def _kind(bound: BoundField) -> str:
    """One of: hidden, group, checkbox, select, color, or the type of the input."""
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    if bound.use_fieldset and hasattr(widget, "choices"):
        return "group"
    return getattr(widget, "input_type", "textarea")


def _invalid(bound: BoundField) -> str:
    return "is-invalid" if bound.errors else ""

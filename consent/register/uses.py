"""A purpose in, everything of the tenant that names it out: attributes, events, segments, forms, keys. Leaves no row."""

from collections.abc import Iterable
from typing import NamedTuple

from accounts.models import ApiKey
from consent.models import ConsentForm, ConsentFormVersion
from customers.models import Attribute, EventType, Segment


class Uses(NamedTuple):
    """Names and rows of what uses one purpose."""

    attributes: list[Attribute]
    event_types: list[EventType]
    segments: list[Segment]
    forms: list[ConsentForm]
    keys: list[ApiKey]


def of(keys: Iterable[str]) -> dict[str, Uses]:
    """By the key of the purpose, in as many queries for one as for all of them."""
    wanted = list(keys)
    attributes = list(Attribute.objects.in_use().filter(purposes__overlap=wanted))
    event_types = list(EventType.objects.filter(purposes__overlap=wanted))
    segments = list(Segment.objects.in_use().filter(purpose__in=wanted))
    api_keys = list(ApiKey.objects.active().filter(purposes__overlap=wanted).order_by("name"))
    forms = _forms()
    return {
        key: Uses(
            [one for one in attributes if key in one.purposes],
            [one for one in event_types if key in one.purposes],
            [one for one in segments if one.purpose == key],
            [form for form, named in forms if key in named],
            [one for one in api_keys if key in one.purposes],
        )
        for key in wanted
    }


def _forms() -> list[tuple[ConsentForm, set[str]]]:
    """The open forms, each with the purposes that its newest version asks for."""
    forms = {form.pk: form for form in ConsentForm.objects.filter(closed_at=None).exclude(version=0)}
    versions = ConsentFormVersion.objects.filter(form__in=forms)
    newest = [version for version in versions if version.number == forms[version.form_id].version]
    return [(forms[version.form_id], {pair[0] for pair in version.content.get("purposes", [])}) for version in newest]

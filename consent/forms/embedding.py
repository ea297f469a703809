"""A version of a form in, the HTML that a site takes over out, a piece for each language: a plain form, without script or cookie."""

from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import tenancy
from accounts.models import LegalIdentity
from consent.forms.capture import BAIT, CaptureForm
from consent.models import ConsentForm, ConsentFormVersion
from consent.portal import boxes, languages


class Piece(NamedTuple):
    language: str
    name: str  # of the language
    html: str


def path(form: ConsentForm) -> str:
    return reverse("portal:form", args=[tenancy.current().slug, form.public_id])


def pieces(version: ConsentFormVersion) -> list[Piece]:
    names = dict(settings.LANGUAGES)
    return [Piece(code, names[code], _html(version, code)) for code in languages.spoken_by(tenancy.current())]


def _html(version: ConsentFormVersion, language: str) -> str:
    tenant, identity = tenancy.current(), LegalIdentity.objects.first()
    with translation.override(language):
        context = {
            "form": CaptureForm(version=version, language=language, auto_id="portret_%s"),
            "texts": boxes.texts(version, language),
            "seal": boxes.seal(version, language),
            "bait": BAIT,
            "language": language,
            "who": identity.legal_name if identity else tenant.name,
            "action": f"{settings.BASE_URL}{path(version.form)}?language={language}",
            "notice": settings.BASE_URL + reverse("portal:transparency", args=[tenant.slug]),
        }
        lines = render_to_string("consent/form_piece.html", context).splitlines()
    return "\n".join(line for line in lines if line.strip())

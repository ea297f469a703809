"""The content of the public page in, its twin for programs out: JSON-LD in terms of DPV 2.3 (TP5). Leaves no row."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts import tenancy
from consent.models import TransparencyVersion
from consent.register import jsonld


def twin(version: TransparencyVersion) -> dict[str, Any]:
    """Made of nothing but the published content: the same bytes for ever."""
    said, slug = version.content, tenancy.current().slug
    address = settings.BASE_URL + reverse("portal:transparency_version", args=[slug, version.number])
    purposes = [jsonld.process(each) for each in said.get("purposes", [])]
    return {
        **jsonld.document(address, said.get("controller", {}), said.get("country", ""), purposes),
        "@type": "dpv:PrivacyNotice",
        "dct:identifier": str(version.number),
        "dct:date": version.published_at.isoformat(),
        "dct:language": said.get("languages", []),
        "dpv:hasAuthority": {
            "@type": "dpv:DataProtectionAuthority",
            "dpv:hasName": said.get("authority", {}).get("name", ""),
            "schema:url": said.get("authority", {}).get("url", ""),
        },
        "here:sha256": version.sha256,
        "here:senders": said.get("senders", []),
        "here:copies": said.get("copies", []),
    }

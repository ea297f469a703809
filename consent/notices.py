"""A version of a purpose in, the exact text that somebody was shown out: a `Notice` row, once for each content (CR2)."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import LegalIdentity
from consent.models import Notice, PurposeVersion


def shown(version: PurposeVersion, language: str) -> Notice:
    """Also to be called at the moment of asking, so that what is stored is what stood there."""
    text = words(version, language)
    digest = hashlib.sha256(text.encode()).hexdigest()
    found, _made = Notice.objects.get_or_create(
        purpose_version=version, language=language, sha256=digest, defaults={"text": text, "at": timezone.now()}
    )
    return found


def shown_all(versions: Iterable[PurposeVersion], language: str) -> dict[str, Notice]:
    """By the key of the purpose."""
    return {version.purpose.key: shown(version, language) for version in versions}


def published(purpose_ids: Collection[int]) -> dict[int, list[PurposeVersion]]:
    """By purpose, all that were ever in force, oldest first."""
    found: dict[int, list[PurposeVersion]] = {}
    ever = PurposeVersion.objects.select_related("purpose").filter(purpose_id__in=list(purpose_ids)).exclude(published_at=None)
    for version in ever.order_by("number"):
        found.setdefault(version.purpose_id, []).append(version)
    return found


def in_force(versions: Sequence[PurposeVersion], at: datetime) -> PurposeVersion:
    """The one that was shown at that moment; the first for what was said before there was any."""
    return next((version for version in reversed(versions) if version.published_at <= at), versions[0])


def words(version: PurposeVersion, language: str) -> str:
    """What stands beside the control: who asks, what for, what is said yes to, how to stop (CC2)."""
    text = version.text_in(language)
    identity = LegalIdentity.objects.first()
    lines = [identity.legal_name if identity else version.tenant.name, text["title"], text["text"], text["label"], text["withdrawal"]]
    return "\n".join(line for line in lines if line)

"""What the page says now in, a `TransparencyVersion` out: numbered, immutable, with its hash in the log (TP2)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, team
from accounts.audit import Action, Actor
from accounts.models import User
from consent.ledger import appending, subjects
from consent.models import TransparencyVersion
from consent.register.completeness import Fault
from consent.register.content import sha256
from consent.transparency import comparing, content

TELL = "tell"  # keys of purposes whose customers must be told of what this version changed (TP7)


class CannotPublish(ValueError):
    """`faults` says why, a sentence each. A retry does not help before they are gone."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(fault.says for fault in faults))
        self.faults = faults


def newest() -> TransparencyVersion | None:
    return TransparencyVersion.objects.select_related("published_by").order_by("-number").first()


def said(version: TransparencyVersion | None) -> dict[str, Any] | None:
    """What the page of a version says, without what it asks of colleagues."""
    return {name: value for name, value in version.content.items() if name != TELL} if version else None


def publish(seen: str, *, by: User, actor: Actor) -> TransparencyVersion:
    """The next version, of what `seen` is the hash of; of two at the same moment the second finds nothing new. Raises CannotPublish."""
    team.hold()
    before, draft = newest(), content.now()
    _refuse(before, draft, seen)
    whole = {**draft, TELL: comparing.concerned(said(before), draft)}
    version = TransparencyVersion.objects.create(
        number=before.number + 1 if before else 1,
        content=whole,
        sha256=sha256(whole),
        published_at=timezone.now(),
        published_by=by,
    )
    _log(version, by)
    audit.record(actor, Action.TRANSPARENCY_PUBLISHED, version, after={"number": version.number, "sha256": version.sha256})
    return version


def _refuse(before: TransparencyVersion | None, draft: dict[str, Any], seen: str) -> None:
    if faults := content.missing():
        raise CannotPublish(faults)
    if said(before) == draft:
        raise CannotPublish([Fault("", _("Nothing has changed since the last version."))])
    if sha256(draft) != seen:
        raise CannotPublish([Fault("", _("It changed while you looked at it. Look at it again."))])


def _log(version: TransparencyVersion, by: User) -> None:
    fields = {
        "kind": "transparency_version",
        "version": str(version.number),
        "sha256": version.sha256,
        "by": f"user:{by.pk}",
        "at": version.published_at.isoformat(),
    }
    appending.append([appending.Entry(subjects.of_tenant(), fields)])

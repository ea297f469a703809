"""A draft in, a version in force out: complete, looked at by a second colleague, immutable, with its hash in the log (LB1, LB5, PL8)."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import Membership, User
from accounts.permissions import Permission, roles_with
from consent import notices, projection
from consent.ledger import appending, subjects
from consent.models import REFUSING, ConsentState, Purpose, PurposeVersion
from consent.register import completeness, content, drafts
from consent.register.completeness import Fault

Gdpr = PurposeVersion.Gdpr


class CannotPublish(ValueError):
    """`faults` says why, a sentence each. A retry does not help before they are gone."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(fault.says for fault in faults))
        self.faults = faults


def obstacles(draft: PurposeVersion, *, by: User) -> list[Fault]:
    """Everything that stands in the way of publishing it now, by this colleague."""
    return [*completeness.faults(draft), *_two_people(draft, by), *_no_swap(draft)]


def seal_of(draft: PurposeVersion) -> str:
    """What the one who publishes has looked at, so that nothing else is published."""
    return content.sha256(content.of_version(draft))


def publish(purpose: Purpose, seen: str, *, is_material: bool, by: User, actor: Actor) -> PurposeVersion:
    """Puts the draft in force, once: of two at the same moment the second finds no draft. `seen`: of `seal_of`. Raises CannotPublish."""
    purpose = drafts.hold(purpose)
    draft = _draft(purpose, seen)
    if found := obstacles(draft, by=by):
        raise CannotPublish(found)
    draft.is_material = is_material
    _put_in_force(purpose, draft, by)
    audit.record(actor, Action.PURPOSE_PUBLISHED, purpose, after={"number": draft.number, "sha256": draft.sha256})
    for language in tenancy.current().languages:
        notices.shown(draft, language)
    projection.lay_out(purpose)
    _log(draft, by)  # last: the tenant's own chain is taken after the turn of who may be seen, by everybody in that order
    return draft


def _draft(purpose: Purpose, seen: str) -> PurposeVersion:
    draft = drafts.of(purpose)
    if draft is None:
        raise CannotPublish([Fault("", _("There is no draft: somebody has published it already."))])
    draft.purpose = purpose
    if seal_of(draft) != seen:
        raise CannotPublish([Fault("", _("A colleague changed the draft while you looked at it. Look at it again."))])
    return draft


def _put_in_force(purpose: Purpose, draft: PurposeVersion, by: User) -> None:
    draft.sha256 = seal_of(draft)
    draft.published_at, draft.published_by = timezone.now(), by
    draft.save(update_fields=["is_material", "sha256", "published_at", "published_by"])
    purpose.version, purpose.archived_at = draft, None
    purpose.save(update_fields=["version", "archived_at"])


def _log(version: PurposeVersion, by: User) -> None:
    """LB5: under the tenant's own subject. Without the name of a colleague: the log cannot forget."""
    fields = {
        "kind": "purpose_version",
        "purpose": version.purpose.key,
        "version": str(version.number),
        "sha256": version.sha256,
        "by": f"user:{by.pk}",
        "at": version.published_at.isoformat(),
    }
    appending.append([appending.Entry(subjects.of_tenant(), fields)])


def archive(purpose: Purpose, *, is_archived: bool, actor: Actor) -> None:
    """Puts a purpose away: nobody allows it any more, and what was said of it stays. Or brings it back."""
    purpose.archived_at = timezone.now() if is_archived else None
    purpose.save(update_fields=["archived_at"])
    projection.lay_out(purpose)
    audit.record(actor, Action.PURPOSE_ARCHIVED, purpose, before={"is_archived": not is_archived}, after={"is_archived": is_archived})


def needs_two() -> bool:
    """Whether there is a second colleague who could look."""
    return Membership.objects.filter(roles__overlap=roles_with(Permission.CONSENT_MANAGE)).count() > 1


def _two_people(draft: PurposeVersion, by: User) -> list[Fault]:
    if draft.created_by_id == by.pk and needs_two():
        return [Fault("created_by", _("You changed this draft last: a colleague who manages consent publishes it."))]
    return []


def _no_swap(draft: PurposeVersion) -> list[Fault]:
    """PL8: who said no to a consent is not used on another ground for the same (EDPB 05/2020 §§121-123)."""
    before = draft.purpose.version
    if before is None or not before.asks_consent or (draft.asks_consent and draft.gdpr_basis == before.gdpr_basis):
        return []
    said_no = Q(purpose=draft.purpose, state__in=REFUSING)
    if not ConsentState.objects.filter(said_no).exists():
        return []
    return [Fault("gdpr_basis", _("Customers said no when you asked for consent. It cannot go on for another reason: make a new purpose."))]

"""What is really used in, the record of processing of Art. 30 GDPR out: as rows and as DPV JSON-LD (LB4). Leaves no row.

Two views: by purpose, as a controller must keep it (Art. 30(1)), and by everybody else who handles the data (Art. 30(2)).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import ApiKey, LegalIdentity, SenderIdentity
from consent import terms
from consent.models import Channel, Purpose
from consent.register import comparing, description, jsonld, uses, wording
from customers.models import Attribute, EventType, Segment, Source

CONTROLLER, PROCESSOR = "controller", "processor"
IDENTITY = ["legal_name", "street", "postal_code", "city", "country", "registration_number", "privacy_email", "privacy_name"]


class Record(NamedTuple):
    """`strays`: what names a purpose that is not in force, so that nobody may use it."""

    header: list[str]
    rows: list[list[str]]
    strays: list[str]

    @property
    def cards(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Each row with its heading, and of the rest what is filled in."""
        return [(row[0], [(name, value) for name, value in zip(self.header, row, strict=True) if value][1:]) for row in self.rows]


def controller() -> dict[str, str]:
    row = LegalIdentity.objects.first()
    return {name: getattr(row, name) for name in IDENTITY} if row else {}


def record(view: str) -> Record:
    made = _by_purpose if view == CONTROLLER else _by_party
    header, rows = made()
    return Record(header, rows, _strays())


def _by_purpose() -> tuple[list[str], list[list[str]]]:
    purposes = list(Purpose.objects.live().select_related("version"))
    used = uses.of([purpose.key for purpose in purposes])
    common = _common()
    header = [
        *(_("Purpose"), _("Key"), _("Version"), _("Controller"), _("Responsible"), _("About whom")),
        *(_("Why we may send"), _("Why we may use data"), _("Legitimate interest"), _("Data"), _("Attributes"), _("Events")),
        *(_("Segments"), _("Where from"), _("Connected sources"), _("Also seen by"), _("API keys"), _("Channels"), _("Senders")),
        *(_("Outside Europe"), _("Kept"), _("Why that long"), _("How it is protected"), _("Impact assessment"), _("Look at it again on")),
    ]
    return header, [_purpose_row(purpose, used[purpose.key], common) for purpose in purposes]


def _common() -> dict[str, str]:
    """What holds for every purpose alike."""
    senders = SenderIdentity.objects.filter(confirmed_at__isnull=False).order_by("email").values_list("email", flat=True)
    return {
        "controller": comparing.in_words({name: value for name, value in controller().items() if name != "privacy_name"}),
        "sources": _list(Source.objects.open().order_by("name").values_list("name", flat=True)),
        "senders": _list(senders),
    }


def _purpose_row(purpose: Purpose, used: uses.Uses, common: dict[str, str]) -> list[str]:
    version, channels = purpose.version, dict(Channel.choices)
    sends_mail = Channel.EMAIL in version.channels
    return [
        *(version.title, purpose.key, str(version.number), common["controller"], version.owner, _("Customers")),
        *(str(version.get_eprivacy_basis_display()), str(version.get_gdpr_basis_display())),
        " / ".join(f"{wording.step(step)}: {said}" for step, said in version.interest.items()),
        _list(terms.data_label(each) for each in version.data_categories),
        *(_list(map(str, used.attributes)), _list(map(str, used.event_types)), _list(map(str, used.segments))),
        *(_list(each["name"] for each in version.sources), common["sources"]),
        _list((comparing.in_words(each) for each in version.recipients), "; "),
        *(_list(map(str, used.keys)), _list(str(channels[each]) for each in version.channels), common["senders"] if sends_mail else ""),
        _list((comparing.in_words(each) for each in version.transfers), "; "),
        *(wording.days(version.kept_days), version.kept_reason, version.security, version.assessment_url, str(version.review_on or "")),
    ]


def _by_party() -> tuple[list[str], list[list[str]]]:
    header = [
        *(_("Who"), _("What they do"), _("Country"), _("On behalf of")),
        *(_("Purposes"), _("Data"), _("Outside Europe"), _("How it is protected")),
    ]
    versions = [purpose.version for purpose in Purpose.objects.live().select_related("version")]
    parties: dict[tuple[str, str, str], list[Any]] = {}
    for version in versions:
        for each in version.recipients:
            parties.setdefault((each.get("name", ""), each.get("role", ""), each.get("country", "")), []).append(version)
    by_key = {version.purpose.key: version for version in _with_purpose(versions)}
    for key in filter(description.is_partner, ApiKey.objects.active().order_by("name")):
        named = [by_key[each] for each in key.purposes if each in by_key]
        if key.name not in {name for name, _role, _country in parties} and named:
            parties[key.name, _("Reads with an API key"), ""] = named
    owner = controller().get("legal_name", "")
    return header, [_party_row(party, known, owner) for party, known in sorted(parties.items())]


def _with_purpose(versions: Iterable[Any]) -> Iterable[Any]:
    purposes = {purpose.pk: purpose for purpose in Purpose.objects.live()}
    for version in versions:
        version.purpose = purposes[version.purpose_id]
        yield version


def _party_row(party: tuple[str, str, str], versions: list[Any], owner: str) -> list[str]:
    categories = dict.fromkeys(each for version in versions for each in version.data_categories)
    transfers = dict.fromkeys(comparing.in_words(each) for version in versions for each in version.transfers)
    return [
        *(*party, owner, _list(version.title for version in versions), _list(terms.data_label(each) for each in categories)),
        *(_list(transfers, "; "), _list(dict.fromkeys(version.security for version in versions), " / ")),
    ]


def _strays() -> list[str]:
    """What a customer could not be told the purpose of."""
    live = set(Purpose.objects.live().values_list("key", flat=True))
    named = [
        *((str(row), set(row.purposes)) for row in Attribute.objects.in_use()),
        *((str(row), set(row.purposes)) for row in EventType.objects.all()),
        *((str(row), {row.purpose} - {""}) for row in Segment.objects.in_use()),
        *((str(row), set(row.purposes)) for row in ApiKey.objects.active()),
    ]
    return [f"{name}: {', '.join(sorted(keys - live))}" for name, keys in named if keys - live]


def as_jsonld(view: str) -> dict[str, Any]:
    """With what is internal besides: who looks after it, how it is protected, which segments and keys use it."""
    tenant = tenancy.current()
    address = settings.BASE_URL + reverse("consent:processing_record", args=[tenant.slug])
    if view == PROCESSOR:
        header, rows = _by_party()
        parties = [dict(zip(header, row, strict=True)) for row in rows]
        return {**jsonld.document(address, controller(), tenant.country, []), "here:parties": parties}
    versions = {purpose.key: purpose.version for purpose in Purpose.objects.live().select_related("version")}
    used = uses.of(versions)
    described = description.live()
    nodes = [{**jsonld.process(each), **_internal(versions[each["key"]], used[each["key"]])} for each in described]
    return jsonld.document(address, controller(), tenant.country, nodes)


def _internal(version: Any, used: uses.Uses) -> dict[str, Any]:
    return {
        "dpv:hasOrganisationalMeasure": version.security,
        "dpv:hasImpactAssessment": version.assessment_url,
        "here:owner": version.owner,
        "here:reviewOn": str(version.review_on or ""),
        "here:attributes": [each.key for each in used.attributes],
        "here:events": [each.name for each in used.event_types],
        "here:segments": [each.name for each in used.segments],
        "here:keys": [each.name for each in used.keys],
    }


def note_export(view: str, form: str, *, actor: Actor) -> None:
    audit.record(actor, Action.REGISTER_EXPORTED, after={"view": view, "format": form})


def _list(words: Iterable[str], between: str = ", ") -> str:
    return between.join(word for word in words if word)

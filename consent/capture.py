"""A form that somebody filled in, in; events of the log out: a question that waits for the mail to be confirmed, or a choice at once.

Who fills in a form need not own the address. So until it is confirmed nothing is believed but that somebody asked: the answers wait,
sealed, in `PendingConsent`, and are gone after a week. A GET never confirms: scanners open every link of a mail (CC3).
"""

import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import tenancy, vault
from consent import choices, notices, recording, suppressions
from consent.models import REFUSING, ConsentFormVersion, ConsentState, Hold, PendingConsent, Purpose, PurposeVersion, State, Suppression
from consent.portal import letters, limits
from consent.proof import Proof
from consent.recording import Choice
from consent.rights import erasing
from customers import catalogue, erased, identity, intake, values
from customers.identity import claims
from customers.intake import Item
from customers.models import Attribute, Identifier

VALID = timedelta(days=7)
USE = "consent.pending"
MAILS_A_DAY = 3  # to one address, whoever asks
FORMS_AN_HOUR = 30  # from one place
A_DAY = 86_400
UNREACHABLE = (Suppression.Kind.BOUNCE, Suppression.Kind.MANUAL, Suppression.Kind.DOMAIN, Suppression.Kind.COMPLAINT)

Offer = tuple[str, str]  # key of a purpose, channel


class NotYet(Exception):
    """The token is none of ours, or its week is over. The reader can fill in the form again."""


@dataclass(frozen=True)
class Origin:
    """From where a form was sent."""

    page_url: str = ""
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Answers:
    """`chosen`: what was ticked; all else is no answer, and no "no". `attributes`: as typed, by key."""

    email: str
    chosen: tuple[Offer, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    language: str = "en-gb"


def submit(version: ConsentFormVersion, answers: Answers, origin: Origin) -> None:
    """Says nothing of whether the address is known: the page is the same for all. Raises values.BadValue for what is no address."""
    address = claims.email(answers.email)
    offered = {tuple(each) for each in version.content["purposes"]}
    chosen = [offer for offer in answers.chosen if offer in offered]
    if not chosen or not limits.take("form", origin.ip, most=FORMS_AN_HOUR):
        return
    later, now = _by_confirmation(chosen)
    if is_erased := bool(erased.among([address])):
        later, now = [*later, *now], []  # only a confirmed form brings somebody back (DS9)
    identity.lock()  # before anything is written, as whoever erases: neither waits for the other in a ring
    customer_id = None if is_erased else _known(address) or _customer(version, address)
    if customer_id and now and _has_said_no(customer_id, now):
        later, now = [*later, *now], []  # somebody else may have typed it: their no stands until they confirm (CC7)
    _record(version, [(customer_id, *each) for each in now], State.GIVEN, _proof(version, answers, origin))
    if later:
        _ask(version, customer_id, answers, origin, later)
    elif now:
        _take_in(version, address, answers)


def pending(token: str) -> PendingConsent:
    """What waits under this token. Raises NotYet."""
    found = PendingConsent.objects.select_related("form_version__form").filter(token_digest=_digest(token)).first()
    if found is None or found.expires_at <= timezone.now():
        raise NotYet
    return found


def titles(waiting: PendingConsent) -> list[str]:
    """What would be said yes to."""
    chosen = {key for key, _channel in _read(waiting).chosen}
    return [each.version.title for each in Purpose.objects.live().select_related("version").filter(key__in=chosen)]


@transaction.atomic
def confirm(token: str, origin: Origin) -> PendingConsent:
    """The second step: now it is a yes. A second time changes nothing. Raises NotYet."""
    identity.lock()  # before the row, as whoever erases
    waiting = PendingConsent.objects.select_for_update(of=("self",)).filter(pk=pending(token).pk).first()
    if waiting is None:
        raise NotYet
    if waiting.confirmed_at:
        return waiting
    answers = _read(waiting)
    proof = _proof(waiting.form_version, answers, origin, requested_at=waiting.requested_at, message_id=waiting.message_id)
    later, now = _by_confirmation(answers.chosen)
    address = claims.email(answers.email)
    erasing.let_back(address)
    customer_id = _customer(waiting.form_version, address)
    _record(waiting.form_version, [(customer_id, *each) for each in (*later, *now)], State.GIVEN, proof)
    suppressions.welcome_back(address.value)
    _take_in(waiting.form_version, address, answers)
    waiting.confirmed_at, waiting.answers = timezone.now(), ""
    waiting.save(update_fields=["confirmed_at", "answers"])
    return waiting


def _by_confirmation(chosen: list[Offer] | tuple[Offer, ...]) -> tuple[list[tuple[Purpose, str]], list[tuple[Purpose, str]]]:
    """Those that ask for a confirmation by mail, and those that do not."""
    live = {each.key: each for each in Purpose.objects.live().select_related("version")}
    offers = [(live[key], channel) for key, channel in chosen if key in live and channel in live[key].version.channels]
    waits = [each for each in offers if each[0].version.needs_confirmation]
    return waits, [each for each in offers if each not in waits]


def _customer(version: ConsentFormVersion, address: claims.Claim) -> int:
    """Who has this address; a new customer when nobody does."""
    now = timezone.now()
    taken = intake.take([Item((address,), now, {"email": address.value})], version.form.source, received_at=now)
    return taken[0].customer_id


def _known(address: claims.Claim) -> int | None:
    """Who has this address already: nothing of them changes because somebody typed it."""
    return (
        Identifier.objects.filter(kind=address.kind, space=address.space, value=address.value).values_list("customer_id", flat=True).first()
    )


def _has_said_no(customer_id: int, offers: list[tuple[Purpose, str]]) -> bool:
    """To any of these, or to everything."""
    row_ids = choices.rows_of(customer_id)
    said = ConsentState.objects.filter(customer_id__in=row_ids, state__in=REFUSING).values_list("purpose_id", "channel")
    objects = Hold.objects.filter(customer_id__in=row_ids, kind=Hold.Kind.OBJECTED).exists()
    return objects or not {(purpose.pk, channel) for purpose, channel in offers}.isdisjoint(said)


def _take_in(version: ConsentFormVersion, address: claims.Claim, answers: Answers) -> None:
    """What was typed beside the choices, as far as the catalogue takes it now."""
    known, now, said = catalogue.attributes(), timezone.now(), {}
    for key in version.content.get("attributes", []):
        if answers.attributes.get(key) and key in known:
            with suppress(values.BadValue):  # the catalogue may have changed while it waited
                said[key] = read(answers.attributes[key], known[key])
    if said:
        intake.take([Item((address,), now, said)], version.form.source, received_at=now)


def read(typed: str, attribute: Attribute) -> Any:
    """What was typed, as it is kept. A number of a phone is kept and names nobody: who typed it need not own it. Raises values.BadValue."""
    tenant = tenancy.current()
    if attribute.key == Identifier.Kind.PHONE:
        return claims.phone(typed, tenant.country).value
    return values.parse(typed, attribute, zone=tenant.zone)


def _ask(version: ConsentFormVersion, customer_id: int | None, answers: Answers, origin: Origin, later: list[tuple[Purpose, str]]) -> None:
    barred = {row.kind for row in suppressions.find(answers.email)}
    if barred.intersection(UNREACHABLE) or not limits.take("confirm", answers.email.strip().lower(), most=MAILS_A_DAY, within=A_DAY):
        return
    now, token, message_id = timezone.now(), secrets.token_urlsafe(24), make_msgid(domain="portret")
    proof = _proof(version, answers, origin, message_id=message_id)
    if customer_id:
        _record(version, [(customer_id, *each) for each in later], State.REQUESTED, proof)
    chosen = [(purpose.key, channel) for purpose, channel in later]
    kept = {"email": answers.email, "chosen": chosen, "attributes": answers.attributes, "language": answers.language}
    PendingConsent.objects.create(
        form_version=version,
        customer_id=customer_id,
        token_digest=_digest(token),
        answers=vault.seal(json.dumps(kept), use=USE),
        language=answers.language,
        message_id=message_id,
        requested_at=now,
        expires_at=now + VALID,
    )
    asked = [purpose.version.text_in(answers.language)["title"] for purpose, _channel in later]
    letters.confirmation(claims.email(answers.email).value, token, message_id, titles=asked, language=answers.language)


def _record(version: ConsentFormVersion, offers: list[tuple[int, Purpose, str]], state: State, proof: Proof) -> None:
    """One that may not stand (a child without a parent, for instance) does not take the others along; the log tells what was recorded."""
    if not offers:
        return
    versions = _shown_then([purpose for _id, purpose, _channel in offers], proof.requested_at)
    shown = notices.shown_all(versions, proof.language)
    labels = {each.purpose.key: each.text_in(proof.language)["label"] for each in versions}
    whole = Proof(**{**vars(proof), "notices": shown, "labels": labels})
    recording.record_all([Choice(customer_id, purpose, channel, state) for customer_id, purpose, channel in offers], whole)


def _shown_then(purposes: list[Purpose], at: datetime | None) -> list[PurposeVersion]:
    """What stood on the form when it was filled in: a new version may have come before the mail was answered (CR2)."""
    if at is None:
        return [purpose.version for purpose in purposes]
    ever = notices.published({purpose.pk for purpose in purposes})
    return [notices.in_force(each, at) for each in ever.values()]


def _proof(
    version: ConsentFormVersion, answers: Answers, origin: Origin, *, requested_at: datetime | None = None, message_id: str = ""
) -> Proof:
    return Proof(
        method="form",
        indicated_by="customer",
        language=answers.language,
        form_version=f"{version.form.public_id}/{version.number}",
        control="checkbox",
        control_default="unticked",
        requested_at=requested_at,
        confirm_message_id=message_id,
        **vars(origin),
    )


def _read(waiting: PendingConsent) -> Answers:
    if not waiting.answers:
        return Answers("", ())
    kept = json.loads(vault.unseal(waiting.answers, use=USE))
    return Answers(kept["email"], tuple(tuple(each) for each in kept["chosen"]), kept["attributes"], kept["language"])


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""How a choice was made, and what makes it good: a `Proof` in; refusals with their reason, and the fields of the log, out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.models import Notice, Purpose, PurposeVersion, State

CLOCKS_DIFFER = timedelta(minutes=5)
PEOPLE = ("customer", "parent")  # whose own word it is; beside them: staff, api, signal, system
# What takes back: also on a channel that is no longer offered, because it may be offered again.
ENDING = (State.REFUSED, State.WITHDRAWN, State.OBJECTED, State.EXPIRED, State.REVOKED, State.INVALIDATED)
SECOND_HAND = ("import", "api")  # told by somebody else than the customer


class CannotRecord(Exception):
    """A choice that may not stand in the log. `code` says which rule; the text says what is wrong. A retry does not help."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Sale:
    """What a soft opt-in stands on (ePrivacy Art. 13(2), Tw 11.7(3)): each of these, or it is none."""

    reference: str  # of the order
    product: str  # which category was bought: it must be the one the purpose calls similar
    is_paid: bool
    opt_out_offered: str  # where and how, at the sale
    by_same_entity: bool


@dataclass(frozen=True)
class Proof:
    method: str  # form, portal, one_click, import, api, phone, counter, mail, gpc, complaint, clock, …
    indicated_by: str  # customer, parent, staff, api, signal, system
    occurred_at: datetime | None = None  # as claimed; nothing: now
    notices: Mapping[str, Notice] = field(default_factory=dict)  # by the key of a purpose
    labels: Mapping[str, str] = field(default_factory=dict)  # by the key of a purpose: verbatim, as it stood beside the control
    language: str = ""
    actor: str = ""
    form_version: str = ""
    control: str = ""
    control_default: str = ""
    page_url: str = ""
    ip: str = ""
    user_agent: str = ""
    requested_at: datetime | None = None  # of a double opt-in, its first step
    confirm_message_id: str = ""
    import_batch: str = ""
    evidence_sha256: str = ""
    text: str = ""
    sale: Sale | None = None

    @property
    def is_evidenced(self) -> bool:
        """Made by a person, and something to show for it (CR5)."""
        return self.indicated_by in PEOPLE and (self.method not in SECOND_HAND or bool(self.evidence_sha256 or self.form_version))

    def at(self, now: datetime) -> datetime:
        return self.occurred_at or now


def check(proof: Proof, purpose: Purpose, channel: str, state: State) -> None:
    """What can be seen without looking at the customer. Raises CannotRecord."""
    version = purpose.version
    if proof.at(timezone.now()) > timezone.now() + CLOCKS_DIFFER:
        raise CannotRecord("future", _("This choice lies in the future. Give the time at which it was made."))
    if version is None or (channel not in version.channels and state not in ENDING):
        raise CannotRecord("not_offered", _("This purpose is not offered for this channel."))
    if proof.method == "form" and not (proof.form_version and proof.control):
        raise CannotRecord("no_form", _("A choice made on a form needs the version of the form and the kind of control."))
    if state in (State.GIVEN, State.RENEWED):
        _check_yes(proof, version, channel)


def _check_yes(proof: Proof, version: PurposeVersion, channel: str) -> None:
    if version.eprivacy_basis == PurposeVersion.EPrivacy.SOFT_OPT_IN and (proof.sale or not proof.is_evidenced):
        _check_sale(proof.sale, version)
    elif proof.method == "form" and version.needs_confirmation and channel == "email" and not proof.confirm_message_id:
        raise CannotRecord("unconfirmed", _("This purpose asks for a confirmation by mail first."))


def basis_of(proof: Proof) -> str:
    """A yes of their own is consent, also where a sale would have been enough."""
    return "soft_opt_in" if proof.sale else "consent"


def _check_sale(sale: Sale | None, version: PurposeVersion) -> None:
    """Drop any one, and it is no soft opt-in (CC9, CC10)."""
    if sale is None or not (sale.reference and sale.opt_out_offered and sale.by_same_entity):
        raise CannotRecord("no_sale", _("A soft opt-in needs the order, the same legal entity, and proof that saying no was offered then."))
    if not version.similar_products or sale.product != version.similar_products:
        raise CannotRecord("other_product", _("What was bought is not what this purpose calls similar."))
    if not (sale.is_paid or version.free_account_reason):
        raise CannotRecord("not_paid", _("A free account is not a sale here."))


def fields_of(proof: Proof, purpose: Purpose, now: datetime) -> dict[str, str]:
    """What the log keeps of how it was done; empty ones are left out."""
    notice = proof.notices.get(purpose.key)
    said = {
        "notice_sha256": notice.sha256 if notice else "",
        "notice_language": notice.language if notice else proof.language,
        "label": proof.labels.get(purpose.key, ""),
        "occurred_at": proof.at(now).isoformat(),
        "recorded_at": now.isoformat(),
        "requested_at": proof.requested_at.isoformat() if proof.requested_at else "",
        **({f"sale_{name}": str(value) for name, value in vars(proof.sale).items()} if proof.sale else {}),
    }
    plain = ("method", "indicated_by", "actor", "form_version", "control", "control_default", "page_url", "ip", "user_agent")
    more = ("confirm_message_id", "import_batch", "evidence_sha256", "text")
    said |= {name: getattr(proof, name) for name in (*plain, *more)}
    return {name: value for name, value in said.items() if value}

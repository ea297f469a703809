"""A version of a purpose in, what is missing before it may be published out: one sentence for each field (LB1). Leaves no row."""

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import LegalIdentity
from consent import terms
from consent.models import Purpose, PurposeVersion
from consent.register.starting import TEXT_PARTS

EPrivacy, Gdpr, Kind = PurposeVersion.EPrivacy, PurposeVersion.Gdpr, Purpose.Kind
STEPS = ("interest", "necessity", "balance")


class Fault(NamedTuple):
    """`field`: the column of `PurposeVersion`; "identity" for what is missing of the organisation itself."""

    field: str
    says: str


def faults(version: PurposeVersion) -> list[Fault]:
    """Empty when it may be published. One query, for the legal identity of the tenant."""
    return [*faults_of(version), *identity()]


def faults_of(version: PurposeVersion) -> list[Fault]:
    """Of the version itself, without a query."""
    return [*_texts(version), *_what(version), *_bases(version), *_soft_opt_in(version), *_record(version)]


def _texts(version: PurposeVersion) -> Iterator[Fault]:
    """TP6: in every language in which customers are asked."""
    names = dict(settings.LANGUAGES)
    for language in tenancy.current().languages:
        text = version.texts.get(language) or {}
        if not all(str(text.get(part) or "").strip() for part in TEXT_PARTS):
            yield Fault(
                "texts",
                _("All four texts are needed in each language: look at %(language)s.") % {"language": names.get(language, language)},
            )


def _what(version: PurposeVersion) -> Iterator[Fault]:
    if version.dpv_term not in terms.PURPOSES:
        yield Fault("dpv_term", _("Choose a term that exists in the Data Privacy Vocabulary."))
    if not version.channels:
        yield Fault("channels", _("Choose at least one channel."))
    if not version.data_categories:
        yield Fault("data_categories", _("Say which data are used."))
    elif not set(version.data_categories) <= terms.DATA.keys():
        yield Fault("data_categories", _("Choose data from the list only."))
    if not version.sources:
        yield Fault("sources", _("Say where the data come from."))


def _bases(version: PurposeVersion) -> Iterator[Fault]:
    """LB2: both, apart from each other; and what no basis can carry."""
    kind = version.purpose.kind
    if version.eprivacy_basis not in EPrivacy.values:
        yield Fault("eprivacy_basis", _("Say why you may send or measure; “not needed” is an answer too."))
    if version.gdpr_basis not in Gdpr.values:
        yield Fault("gdpr_basis", _("Say why you may use the data."))
    if kind == Kind.MARKETING and version.eprivacy_basis == EPrivacy.NOT_NEEDED:
        yield Fault("eprivacy_basis", _("Marketing messages need consent, or the soft opt-in for your own customers."))
    if kind == Kind.TRACKING and version.eprivacy_basis != EPrivacy.CONSENT:
        yield Fault("eprivacy_basis", _("Measuring what customers open, click or visit needs their consent."))
    if kind == Kind.PROFILING and version.gdpr_basis not in (Gdpr.CONSENT, Gdpr.LEGITIMATE_INTEREST):
        yield Fault("gdpr_basis", _("Profiling needs consent, or a legitimate interest that you have weighed."))
    if version.gdpr_basis == Gdpr.LEGITIMATE_INTEREST and not all(str(version.interest.get(step) or "").strip() for step in STEPS):
        yield Fault("interest", _("A legitimate interest needs all three steps: the interest, why it is needed, and the balance."))


def _soft_opt_in(version: PurposeVersion) -> Iterator[Fault]:
    """CC9, CC10: own customers, similar products, and a reason where nothing was paid."""
    is_soft = version.eprivacy_basis == EPrivacy.SOFT_OPT_IN
    if is_soft and version.purpose.kind != Kind.MARKETING:
        yield Fault("eprivacy_basis", _("The soft opt-in is for marketing messages only."))
    if is_soft and version.gdpr_basis != Gdpr.LEGITIMATE_INTEREST:
        yield Fault("gdpr_basis", _("The soft opt-in goes with a legitimate interest."))
    if is_soft and not version.similar_products.strip():
        yield Fault("similar_products", _("Say which of your own products are similar."))
    if not is_soft and version.free_account_reason.strip():
        yield Fault("free_account_reason", _("This belongs to the soft opt-in only: take it out."))
    if is_soft and 0 < len(version.free_account_reason.strip()) < 40:
        yield Fault(
            "free_account_reason", _("Write down why a free account counts as a sale: what is paid, and how. One sentence is not too much.")
        )


def _record(version: PurposeVersion) -> Iterator[Fault]:
    """What Art. 30 GDPR asks for besides."""
    if version.kept_days is None and not version.kept_reason.strip():
        yield Fault("kept_days", _("Say for how many days data are kept, or why there is no end."))
    if version.asks_consent and not version.valid_days:
        yield Fault("valid_days", _("Say for how many days a consent holds."))
    if not version.security.strip():
        yield Fault("security", _("Say how the data are protected."))
    if not version.owner.strip():
        yield Fault("owner", _("Say who is responsible."))
    if version.review_on is None or version.review_on <= timezone.localdate():
        yield Fault("review_on", _("Give a day in the future on which somebody looks at it again."))
    if any(not each.get("safeguard") for each in version.transfers):
        yield Fault("transfers", _("Say for each country outside Europe what protects the data there."))


def identity() -> Iterator[Fault]:
    """Art. 13(1)(a) GDPR."""
    identity = LegalIdentity.objects.first()
    needed = ("legal_name", "street", "postal_code", "city", "country", "privacy_email")
    if identity is None or not all(getattr(identity, name).strip() for name in needed):
        yield Fault("identity", _("Say in the settings who you are by law: customers must be able to read it."))

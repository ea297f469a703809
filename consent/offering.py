"""What a colleague wants to ask in, a form out: `ConsentForm` with a `Source` of its own, and a `ConsentFormVersion` for each change.

There is no place in a version for a box that is ticked or that must be ticked: who builds one gets CannotOffer (GDPR Art. 7(4), rec. 32).
"""

from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import User
from consent.models import ConsentForm, ConsentFormVersion, PendingConsent, Purpose, PurposeVersion
from consent.register import completeness
from consent.register.completeness import Fault
from customers import catalogue
from customers.models import Attribute, Source

PARTS = ("title", "intro", "button", "thanks")
LISTS = ("attributes", "sites")
KEYS = {"purposes", "texts", *LISTS}
NOT_ASKED = ("email",)  # every form asks for it
MOST_ATTRIBUTES = 10
MOST_SITES = 20
TRUST = 60  # what anybody may type in is believed after what shops and colleagues say
COUNTED = timedelta(days=7)  # what was not confirmed is forgotten after that


class CannotOffer(ValueError):
    """`faults` says why, a sentence each. A retry does not help before they are gone."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(fault.says for fault in faults))
        self.faults = faults


class Asked(NamedTuple):
    """Within `COUNTED`: filled in and waiting for the mail to be confirmed, or confirmed."""

    asked: int = 0
    confirmed: int = 0


@transaction.atomic
def create(name: str, content: dict[str, Any], *, by: User, actor: Actor) -> ConsentForm:
    """A form with its first version, open from now on. Raises CannotOffer."""
    _check(content)
    source = Source.objects.create(
        name=name[:60],
        slug=_free_slug(name),
        kind=Source.Kind.SITE,
        priority=TRUST,
        used_for=_("What customers type in the form “%(name)s”.") % {"name": name},
    )
    form = _named(ConsentForm(source=source), name)
    _add_version(form, content, by)
    audit.record(actor, Action.FORM_CREATED, form, after={"name": name, **content})
    return form


def publish(form: ConsentForm, content: dict[str, Any], *, name: str, by: User, actor: Actor) -> ConsentFormVersion:
    """The next version, in use at once; the one in use when nothing of it changes. Raises CannotOffer."""
    _check(content)
    form = ConsentForm.objects.select_for_update(of=("self",), no_key=True).get(pk=form.pk)
    before, was_called = current(form), form.name
    _named(form, name)
    if before and before.content == content and was_called == name:
        return before
    made = before if before and before.content == content else _add_version(form, content, by)
    old = {"name": was_called, **(before.content if before else {})}
    audit.record(actor, Action.FORM_PUBLISHED, form, before=old, after={"number": made.number, "name": name, **content})
    return made


def close(form: ConsentForm, *, is_closed: bool, actor: Actor) -> None:
    """Nothing is taken in any more; what waits for a confirmation may still be confirmed. Or opens it again. Raises CannotOffer."""
    form.closed_at = timezone.now() if is_closed else None
    _named(form, form.name)
    audit.record(actor, Action.FORM_CLOSED, form, before={"is_closed": not is_closed}, after={"is_closed": is_closed})


def current(form: ConsentForm) -> ConsentFormVersion | None:
    found = ConsentFormVersion.objects.filter(form=form, number=form.version).first()
    if found:
        found.form = form
    return found


def asked(forms: list[ConsentForm]) -> dict[int, Asked]:
    """By the id of the form, in one query."""
    waiting = PendingConsent.objects.filter(form_version__form__in=forms, requested_at__gte=timezone.now() - COUNTED)
    yes = Count("pk", filter=Q(confirmed_at__isnull=False))
    counted = waiting.order_by().values_list("form_version__form_id").annotate(asked=Count("pk"), confirmed=yes)
    return {form.pk: Asked() for form in forms} | {form_id: Asked(*both) for form_id, *both in counted}


def offerable() -> dict[str, Purpose]:
    """Purposes that a form can ask a yes for, by key, in the order of the portal."""
    live = Purpose.objects.live().select_related("version").exclude(kind=Purpose.Kind.SERVICE)
    soft = PurposeVersion.EPrivacy.SOFT_OPT_IN
    return {each.key: each for each in live if each.version.asks_consent and each.version.eprivacy_basis != soft}


def askable() -> dict[str, Attribute]:
    """Attributes that a form may ask for, by key: nothing of Art. 9 GDPR, which takes more than a form."""
    known = catalogue.attributes()
    return {key: each for key, each in known.items() if key not in NOT_ASKED and each.category != Attribute.Category.SPECIAL}


def origin_of(address: str) -> str:
    """https://www.shop.example, as a browser names the site a page is on (RFC 6454 §6.2). Raises ValueError."""
    parts = urlsplit(address.strip().lower())
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.path.strip("/") or parts.query:
        raise ValueError(address)
    default = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


def faults(content: dict[str, Any]) -> list[Fault]:
    """What keeps it from being offered; empty when it may be. Of a version in use: what has gone since (CC1, CC2, TP6)."""
    if wrong := _misshapen(content):
        return [wrong]
    own = [*_purposes(content["purposes"]), *_texts(content["texts"]), *_attributes(content["attributes"]), *_sites(content["sites"])]
    return [*own, *completeness.identity()]


def _check(content: dict[str, Any]) -> None:
    if found := faults(content):
        raise CannotOffer(found)


def _misshapen(content: dict[str, Any]) -> Fault | None:
    """A box says what for and by which channel, and nothing else: neither ticked nor required can be said of it (CC1)."""
    offers = content.get("purposes")
    is_plain = isinstance(offers, list) and all(
        isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each) for each in offers
    )
    are_words = all(isinstance(content.get(name), list) and all(isinstance(each, str) for each in content[name]) for name in LISTS)
    texts = content.get("texts")
    is_worded = isinstance(texts, dict) and all(isinstance(each, dict) and set(each) <= set(PARTS) for each in texts.values())
    if set(content) == KEYS and is_plain and is_worded and are_words:
        return None
    return Fault("purposes", _("A box for consent is never ticked beforehand and never required: leave out all else."))


def _purposes(offers: list[list[str]]) -> list[Fault]:
    if not offers:
        return [Fault("purposes", _("Choose at least one purpose to ask for."))]
    if len({tuple(each) for each in offers}) != len(offers):
        return [Fault("purposes", _("A purpose stands twice on the form for the same channel."))]
    known, found = offerable(), []
    for key, channel in offers:
        if key not in known or channel not in known[key].version.channels:
            found.append(Fault("purposes", _("“%(purpose)s” is not in force, asks no consent, or not by that channel.") % {"purpose": key}))
        elif missing := [each for each in completeness.faults_of(known[key].version) if each.field == "texts"]:
            found += [Fault("purposes", f"{known[key]}: {each.says}") for each in missing]
    return found


def _texts(texts: dict[str, dict[str, str]]) -> list[Fault]:
    names = dict(settings.LANGUAGES)
    missing = [
        language
        for language in tenancy.current().languages
        if not all(str(texts.get(language, {}).get(part) or "").strip() for part in PARTS)
    ]
    says = _("All four texts are needed in each language: look at %(language)s.")
    return [Fault("texts", says % {"language": names.get(language, language)}) for language in missing]


def _attributes(keys: list[str]) -> list[Fault]:
    known = askable()
    found = [Fault("attributes", _("“%(key)s” cannot be asked on a form.") % {"key": key}) for key in keys if key not in known]
    if len(keys) > MOST_ATTRIBUTES:
        found.append(Fault("attributes", _("Ask for at most %(most)s things: less is filled in more often.") % {"most": MOST_ATTRIBUTES}))
    return found


def _sites(sites: list[str]) -> list[Fault]:
    if len(sites) > MOST_SITES:
        return [Fault("sites", _("Name at most %(most)s sites.") % {"most": MOST_SITES})]
    return [
        Fault("sites", _("Write “%(site)s” as https://www.shop.example.") % {"site": each[:80]}) for each in sites if not _is_site(each)
    ]


def _is_site(site: str) -> bool:
    try:
        return origin_of(site) == site
    except ValueError:
        return False


def _named(form: ConsentForm, name: str) -> ConsentForm:
    form.name = name
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        raise CannotOffer([Fault("name", _("Another open form has this name."))]) from None
    return form


def _add_version(form: ConsentForm, content: dict[str, Any], by: User) -> ConsentFormVersion:
    form.version += 1
    form.save(update_fields=["version"])
    return ConsentFormVersion.objects.create(form=form, number=form.version, content=content, created_by=by)


def _free_slug(name: str) -> str:
    stem = f"form-{slugify(name)}"[:36].rstrip("-")
    taken = set(Source.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, 1_000))) if slug not in taken)

"""The eight usual purposes, with honest texts in Dutch and English: rows of drafts out, for somebody to read and publish.

The texts are content of the organisation, not words of the product: they are stored, changed and published by it, so they stand here and
not in the catalogue of translations.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from accounts import audit, team, tenancy
from accounts.audit import Action, Actor
from accounts.models import User
from consent.models import Channel, Purpose, PurposeVersion

Kind, EPrivacy, Gdpr = Purpose.Kind, PurposeVersion.EPrivacy, PurposeVersion.Gdpr
LOOK_AGAIN = timedelta(days=365)
TWO_YEARS = 730
LANGUAGES = ("nl", "en-gb")


class Start(NamedTuple):
    """A purpose as it begins. `texts`: language -> title, text, label, withdrawal; `kept` and `sources`: language -> words."""

    key: str
    kind: Kind
    channels: list[Channel]
    dpv_term: str
    bases: tuple[EPrivacy, Gdpr]
    data: list[str]
    kept_days: int
    texts: dict[str, tuple[str, str, str, str]]
    kept: dict[str, str]
    sources: dict[str, list[str]]


SECURITY = {
    "nl": "Versleuteld onderweg. Alleen collega’s die het nodig hebben zien het; wie kijkt, staat in een logboek.",
    "en-gb": "Encrypted on the way. Only colleagues who need it see it; who looks is written in a log.",
}
FROM_YOU = {"nl": ["U zelf, bij het aanmelden"], "en-gb": ["You, when you sign up"]}
FROM_ORDERS = {"nl": ["U zelf", "Uw bestellingen"], "en-gb": ["You", "Your orders"]}
FROM_USE = {"nl": ["Uw mailprogramma, als u een bericht opent"], "en-gb": ["Your mail program, when you open a message"]}
FROM_CLICKS = {"nl": ["Uw browser, als u op een link klikt"], "en-gb": ["Your browser, when you click on a link"]}
FROM_VISITS = {"nl": ["Uw browser, als u onze site bezoekt"], "en-gb": ["Your browser, when you visit our site"]}
UNTIL_YOU_STOP = {
    "nl": "Zolang u dit wilt. Na twee jaar zonder antwoord van u stoppen we.",
    "en-gb": "As long as you want this. After two years without an answer from you we stop.",
}

USUAL = [
    Start(
        "newsletter",
        Kind.MARKETING,
        [Channel.EMAIL],
        "DirectMarketing",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["EmailAddress", "Name", "Language"],
        TWO_YEARS,
        {
            "nl": (
                "Nieuwsbrief",
                "We mailen u nieuws: wat er nieuw is en wat we doen. We gebruiken hiervoor uw e-mailadres, uw naam en uw taal.",
                "Ja, stuur mij de nieuwsbrief per e-mail",
                "U kunt altijd stoppen: klik op de link onder elke mail, of zet het uit op uw eigen pagina.",
            ),
            "en-gb": (
                "Newsletter",
                "We mail you news: what is new and what we do. For this we use your e-mail address, your name and your language.",
                "Yes, send me the newsletter by e-mail",
                "You can stop at any time: click on the link under each mail, or turn it off on your own page.",
            ),
        },
        UNTIL_YOU_STOP,
        FROM_YOU,
    ),
    Start(
        "offers",
        Kind.MARKETING,
        [Channel.EMAIL, Channel.SMS],
        "DirectMarketing",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["EmailAddress", "TelephoneNumber", "Name", "Language"],
        TWO_YEARS,
        {
            "nl": (
                "Aanbiedingen",
                "We sturen u kortingen en aanbiedingen. We gebruiken hiervoor uw e-mailadres of telefoonnummer, uw naam en uw taal.",
                "Ja, stuur mij aanbiedingen",
                "U kunt altijd stoppen, per kanaal: met de link in het bericht, of op uw eigen pagina.",
            ),
            "en-gb": (
                "Offers",
                "We send you discounts and offers. For this we use your e-mail address or phone number, your name and your language.",
                "Yes, send me offers",
                "You can stop at any time, for each channel: with the link in the message, or on your own page.",
            ),
        },
        UNTIL_YOU_STOP,
        FROM_YOU,
    ),
    Start(
        "service_messages",
        Kind.SERVICE,
        [Channel.EMAIL, Channel.SMS, Channel.POST, Channel.PHONE],
        "CommunicationForCustomerCare",
        (EPrivacy.NOT_NEEDED, Gdpr.CONTRACT),
        ["EmailAddress", "TelephoneNumber", "Name", "PhysicalAddress", "Purchase", "Communication"],
        TWO_YEARS,
        {
            "nl": (
                "Berichten over uw bestelling",
                "We laten u weten hoe het staat met uw bestelling of uw vraag. Dat hoort bij wat we met u hebben afgesproken. "
                "Er staat geen reclame in.",
                "Berichten over uw bestelling of vraag",
                "Deze berichten horen bij uw bestelling. Ze stoppen als die klaar is.",
            ),
            "en-gb": (
                "Messages about your order",
                "We tell you how your order or your question is doing. That is part of what we agreed with you. "
                "There is no advertising in it.",
                "Messages about your order or question",
                "These messages belong to your order. They stop when it is done.",
            ),
        },
        {
            "nl": "Twee jaar na de bestelling: zo lang kunt u er nog vragen of klachten over hebben.",
            "en-gb": "Two years after the order: for that long you may have questions or complaints about it.",
        },
        FROM_ORDERS,
    ),
    Start(
        "personal_choice",
        Kind.PROFILING,
        [Channel.ALL],
        "ProvidePersonalisedRecommendations",
        (EPrivacy.NOT_NEEDED, Gdpr.CONSENT),
        ["Purchase", "Interest", "Preference"],
        TWO_YEARS,
        {
            "nl": (
                "Keuze die bij u past",
                "We kijken naar wat u eerder kocht om te kiezen wat we u laten zien. Dat heet een profiel. Er hangt niets anders van af: "
                "geen prijs en geen recht.",
                "Ja, gebruik mijn bestellingen om te kiezen wat ik zie",
                "U kunt dit altijd uitzetten op uw eigen pagina. U ziet dan wat iedereen ziet.",
            ),
            "en-gb": (
                "A choice that fits you",
                "We look at what you bought before to choose what we show you. This is called a profile. Nothing else depends on it: "
                "no price and no right.",
                "Yes, use my orders to choose what I see",
                "You can turn this off at any time on your own page. You then see what everybody sees.",
            ),
        },
        {
            "nl": "Twee jaar: wat u langer geleden kocht, zegt weinig over nu.",
            "en-gb": "Two years: what you bought before that says little about now.",
        },
        FROM_ORDERS,
    ),
    Start(
        "open_tracking",
        Kind.TRACKING,
        [Channel.EMAIL],
        "ServiceUsageAnalytics",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["ServiceConsumptionBehaviour", "DeviceBased", "IPAddress"],
        180,
        {
            "nl": (
                "Meten of u een mail opent",
                "Met een onzichtbaar plaatje zien we of en wanneer u een mail opent. Zo zien we welke mails goed zijn. "
                "Zonder uw ja staat het plaatje er niet in.",
                "Ja, jullie mogen zien of ik een mail open",
                "U kunt dit altijd uitzetten. U krijgt de mails dan nog wel, ook het plaatje in oude mails meet dan niets meer.",
            ),
            "en-gb": (
                "Measuring whether you open a mail",
                "With an invisible picture we see whether and when you open a mail. So we see which mails are good. "
                "Without your yes the picture is not there.",
                "Yes, you may see whether I open a mail",
                "You can turn this off at any time. You still get the mails, and the picture in old mails measures nothing any more.",
            ),
        },
        {
            "nl": "Zes maanden: genoeg om mails met elkaar te vergelijken.",
            "en-gb": "Six months: enough to compare mails with each other.",
        },
        FROM_USE,
    ),
    Start(
        "click_tracking",
        Kind.TRACKING,
        [Channel.EMAIL, Channel.SMS],
        "ServiceUsageAnalytics",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["ServiceConsumptionBehaviour", "DeviceBased", "IPAddress"],
        180,
        {
            "nl": (
                "Meten waar u op klikt",
                "We zien op welke links in onze berichten u klikt. Zo zien we wat nuttig is. "
                "Zonder uw ja gaan links gewoon naar de pagina.",
                "Ja, jullie mogen zien waar ik op klik",
                "U kunt dit altijd uitzetten. U krijgt de berichten dan nog wel.",
            ),
            "en-gb": (
                "Measuring what you click on",
                "We see which links in our messages you click on. So we see what is useful. Without your yes links just go to the page.",
                "Yes, you may see what I click on",
                "You can turn this off at any time. You still get the messages.",
            ),
        },
        {
            "nl": "Zes maanden: genoeg om berichten met elkaar te vergelijken.",
            "en-gb": "Six months: enough to compare messages with each other.",
        },
        FROM_CLICKS,
    ),
    Start(
        "site_analytics",
        Kind.TRACKING,
        [Channel.SITE],
        "ServiceUsageAnalytics",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["BrowsingBehaviour", "DeviceBased", "IPAddress"],
        180,
        {
            "nl": (
                "Meten wat u op onze site bekijkt",
                "We onthouden welke pagina’s u bekijkt, met een nummer op uw apparaat. Zo maken we de site beter.",
                "Ja, jullie mogen meten wat ik op de site bekijk",
                "U kunt dit altijd uitzetten. Het nummer op uw apparaat gaat dan weg.",
            ),
            "en-gb": (
                "Measuring what you look at on our site",
                "We remember which pages you look at, with a number on your device. So we make the site better.",
                "Yes, you may measure what I look at on the site",
                "You can turn this off at any time. The number on your device then goes.",
            ),
        },
        {
            "nl": "Zes maanden: genoeg om een seizoen met het vorige te vergelijken.",
            "en-gb": "Six months: enough to compare a season with the one before.",
        },
        FROM_VISITS,
    ),
    Start(
        "research",
        Kind.RESEARCH,
        [Channel.EMAIL],
        "CommercialResearch",
        (EPrivacy.CONSENT, Gdpr.CONSENT),
        ["EmailAddress", "Name", "Purchase", "Communication"],
        365,
        {
            "nl": (
                "Onderzoek",
                "We vragen u een paar keer per jaar wat u van ons vindt. Wat u antwoordt, gebruiken we om beter te worden "
                "en voor niets anders.",
                "Ja, jullie mogen mij vragen wat ik ervan vind",
                "U kunt altijd stoppen: met de link in de mail, of op uw eigen pagina.",
            ),
            "en-gb": (
                "Research",
                "A few times a year we ask you what you think of us. What you answer we use to get better, and for nothing else.",
                "Yes, you may ask me what I think",
                "You can stop at any time: with the link in the mail, or on your own page.",
            ),
        },
        {
            "nl": "Een jaar: tot het volgende onderzoek.",
            "en-gb": "A year: until the next research.",
        },
        FROM_YOU,
    ),
]
TEXT_PARTS = ("title", "text", "label", "withdrawal")  # none may be missing; "kept" and "from" say more, where they are written


def draft(*, by: User, actor: Actor) -> list[Purpose]:
    """Those of the eight whose key is still free, as drafts. Safe to repeat, and to press twice."""
    team.hold()
    taken = set(Purpose.objects.values_list("key", flat=True))
    made = [_draft(start, place, by) for place, start in enumerate(USUAL) if start.key not in taken]
    for purpose in made:
        audit.record(actor, Action.PURPOSE_CREATED, purpose, after=audit.values_of(purpose, "key", "kind"))
    return made


def _draft(start: Start, place: int, by: User) -> Purpose:
    purpose = Purpose.objects.create(key=start.key, kind=start.kind, place=place)
    PurposeVersion.objects.create(purpose=purpose, number=1, created_by=by, owner=str(by)[:120], **values_of(start))
    return purpose


def values_of(start: Start) -> dict[str, Any]:
    """The columns of its first version, in the languages of the tenant; what has one language is in the first of them."""
    languages = [each for each in tenancy.current().languages if each in LANGUAGES] or ["en-gb"]
    eprivacy_basis, gdpr_basis = start.bases
    asks = "consent" in start.bases
    return {
        "texts": {each: texts_of(start, each) for each in languages},
        "channels": list(start.channels),
        "dpv_term": start.dpv_term,
        "eprivacy_basis": eprivacy_basis,
        "gdpr_basis": gdpr_basis,
        "data_categories": start.data,
        "sources": [{"name": name} for name in start.sources[languages[0]]],
        "kept_days": start.kept_days,
        "kept_reason": start.kept[languages[0]],
        "valid_days": TWO_YEARS if asks else None,
        "security": SECURITY[languages[0]],
        "review_on": timezone.localdate() + LOOK_AGAIN,
        "needs_confirmation": start.kind == Kind.MARKETING,
    }


def texts_of(start: Start, language: str) -> dict[str, str]:
    """All that customers read of it in one language."""
    whole = dict(zip(TEXT_PARTS, start.texts[language], strict=True))
    return {**whole, "kept": start.kept[language], "from": ", ".join(start.sources[language])}

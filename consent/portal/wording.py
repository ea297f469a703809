"""What the log and the gate say in codes, in the plain words of a page for customers out (B1)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.models import Channel, Hold, PurposeVersion, Reason, State

REASONS = {
    Reason.ALLOWED: gettext_lazy("You allowed this."),
    Reason.RESTRICTED: gettext_lazy("You asked us to keep your data and not to use it."),
    Reason.ERASED: gettext_lazy("Your data was deleted at your request."),
    Reason.SUPPRESSED: gettext_lazy("We have put this address on a list of addresses that get nothing."),
    Reason.OBJECTED: gettext_lazy("You asked us to stop."),
    Reason.COMPLAINED: gettext_lazy("You marked an earlier mail as spam."),
    Reason.WITHDRAWN: gettext_lazy("You took back your yes."),
    Reason.REFUSED: gettext_lazy("You said no."),
    Reason.EXPIRED: gettext_lazy("The time for which you said yes was over."),
    Reason.ENDED: gettext_lazy("We ended it ourselves."),
    Reason.OUTDATED: gettext_lazy("You said yes to an older text. It does not hold for the new one."),
    Reason.BOUNCED: gettext_lazy("Your address did not take our messages."),
    Reason.UNREACHABLE: gettext_lazy("We have no address of you for this."),
    Reason.NO_BASIS: gettext_lazy("You never said yes."),
    Reason.UNCONFIRMED: gettext_lazy("You have not confirmed it yet."),
    Reason.UNNOTIFIED: gettext_lazy("We have not told you yet where we have your data from."),
    Reason.NOT_OFFERED: gettext_lazy("We do not do this any more."),
    Reason.PAUSED: gettext_lazy("You asked for a break."),
}
METHODS = {
    "form": gettext_lazy("with a form"),
    "portal": gettext_lazy("on this page"),
    "one_click": gettext_lazy("with the unsubscribe button of your mail"),
    "import": gettext_lazy("taken over from an older list"),
    "api": gettext_lazy("told by another system of ours"),
    "phone": gettext_lazy("by phone"),
    "counter": gettext_lazy("at the counter"),
    "mail": gettext_lazy("by mail"),
    "gpc": gettext_lazy("by a setting of your browser"),
    "complaint": gettext_lazy("because you marked a mail as spam"),
    "clock": gettext_lazy("because the time was over"),
}
BASES = {
    PurposeVersion.Gdpr.CONSENT: gettext_lazy("Only with your yes."),
    PurposeVersion.Gdpr.CONTRACT: gettext_lazy("Needed for what you ordered from us."),
    PurposeVersion.Gdpr.LEGAL_OBLIGATION: gettext_lazy("The law asks it of us."),
    PurposeVersion.Gdpr.LEGITIMATE_INTEREST: gettext_lazy("We have a good reason of our own. You can always say no."),
}
STATES = {
    State.UNKNOWN: gettext_lazy("somebody told us you said yes, without proof"),
    State.REQUESTED: gettext_lazy("asked, not confirmed"),
    State.DEFERRED: gettext_lazy("put off"),
    State.REFUSED: gettext_lazy("no"),
    State.GIVEN: gettext_lazy("yes"),
    State.RENEWED: gettext_lazy("yes, once more"),
    State.WITHDRAWN: gettext_lazy("no more"),
    State.OBJECTED: gettext_lazy("no more"),
    State.EXPIRED: gettext_lazy("ended, the time was over"),
    State.REVOKED: gettext_lazy("ended by us"),
    State.INVALIDATED: gettext_lazy("declared invalid by us"),
}
HELD = {
    Hold.Kind.RESTRICTED: gettext_lazy("Keep my data, do not use it"),
    Hold.Kind.OBJECTED: gettext_lazy("Stop everything"),
    Hold.Kind.PAUSED: gettext_lazy("A break"),
    Hold.Kind.UNNOTIFIED: gettext_lazy("Nothing until we have told you where we have your data from"),
}
RELEASED = {
    Hold.Kind.RESTRICTED: gettext_lazy("You may use my data again"),
    Hold.Kind.OBJECTED: gettext_lazy("No longer stop everything"),
    Hold.Kind.PAUSED: gettext_lazy("The end of the break"),
    Hold.Kind.UNNOTIFIED: gettext_lazy("We told you where we have your data from"),
}


def of_reason(reason: int) -> str:
    return str(REASONS[Reason(reason)])


def of_decision(reason: int, has_choice: bool) -> str:
    """As `of_reason`; what nobody has to say yes to is not called a yes."""
    if reason == Reason.ALLOWED and not has_choice:
        return _("For this we need no yes of yours.")
    return of_reason(reason)


def channel(code: str) -> str:
    return _("Everywhere") if code == Channel.ALL else str(Channel(code).label)


def method(code: str) -> str:
    return str(METHODS.get(code, ""))


def basis(version: PurposeVersion) -> str:
    """What asks for a yes by either law asks for a yes."""
    return str(BASES[PurposeVersion.Gdpr.CONSENT] if version.asks_consent else BASES[PurposeVersion.Gdpr(version.gdpr_basis)])


def state(code: str) -> str:
    return str(STATES.get(code, code))


def hold(kind: str, *, is_over: bool = False) -> str:
    return str((RELEASED if is_over else HELD).get(kind, kind))


def kept(days: int | None) -> str:
    """How long, in the largest unit that fits."""
    if days is None:
        return ""
    if days >= 365 and days % 365 < 2:
        return ngettext("Kept for %(number)d year.", "Kept for %(number)d years.", days // 365) % {"number": days // 365}
    return ngettext("Kept for %(number)d day.", "Kept for %(number)d days.", days) % {"number": days}


def masked(address: str) -> str:
    """ "n•••@e•••.com": enough to know one's own, nothing for somebody else. The number of dots says nothing."""
    local, _at, domain = address.rpartition("@")
    name, _dot, top = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••.{top}" if local and name else ""


def how_often(most: int, per: str) -> str:
    if per == "week":
        return ngettext("%(number)d message a week", "%(number)d messages a week", most) % {"number": most}
    return ngettext("%(number)d message a month", "%(number)d messages a month", most) % {"number": most}


def answer(reason: int) -> str:
    return _("May be sent") if reason == Reason.ALLOWED else _("Not sent")


def refusal(code: str) -> str:
    """Why a yes could not be taken."""
    known = {
        "": "",
        "no_sale": _("This comes with an order only, so it cannot be switched on here."),
        "under_age": _("You are too young to say yes without a parent."),
    }
    return known.get(code, _("This could not be switched on here. Write to us: the address is at the foot of this page."))

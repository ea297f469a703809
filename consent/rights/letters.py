"""An answer to a request in, a mail to the customer in their language out. Who has no address gets none: a colleague writes to them."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from accounts import tenancy
from consent.models import AccessPackage, RightsRequest
from consent.portal import languages, tokens
from consent.portal import letters as outgoing
from consent.rights import wording
from consent.rights.erasing import Certificate
from consent.transparency import authorities
from customers.models import Customer


class To(NamedTuple):
    """`customer_id`: 0 for who is gone."""

    address: str
    language: str
    customer_id: int


class Letter(NamedTuple):
    subject: str
    lines: list[str]
    action: str = ""  # of the link to the customer's own pages


def to(customer: Customer) -> To | None:
    return To(customer.email, languages.of_customer(tenancy.current(), customer), customer.pk) if customer.email else None


def extended(request: RightsRequest) -> None:
    """Art. 12(3): within the first month, with the reasons."""
    if (who := _of(request)) is None:
        return
    with translation.override(who.language):
        why = _("This takes us longer than a month, because: %(reason)s") % {"reason": request.extended_reason}
        until = _("You get our answer before %(date)s.") % {"date": formats.date_format(request.due_on, "DATE_FORMAT")}
        _send(who, Letter(_about(request), [_asked(request), why, until, _complain()], _("See your requests")))


def refused(request: RightsRequest) -> None:
    """Art. 12(4): the reasons, and where to complain."""
    if (who := _of(request)) is None:
        return
    with translation.override(who.language):
        why = _("We do not do this, because: %(reason)s") % {"reason": request.reason}
        _send(who, Letter(_about(request), [_asked(request), why, _complain()], _("See your requests")))


def done(request: RightsRequest) -> None:
    if (who := _of(request)) is None:
        return
    with translation.override(who.language):
        _send(who, Letter(_about(request), [_asked(request), _("It is done.")], _("See your requests")))


def package_ready(package: AccessPackage) -> None:
    if (who := _of(package.request)) is None:
        return
    with translation.override(who.language):
        ready = _("Everything we hold about you is ready for you, as a page to read and as files.")
        until = _("You can fetch it until %(date)s.") % {"date": _day(package.expires_at)}
        _send(who, Letter(_about(package.request), [ready, until], _("Fetch it")))


def lift_announced(request: RightsRequest, reason: str, *, on: datetime) -> None:
    """Art. 18(3): before it is lifted."""
    if (who := _of(request)) is None:
        return
    with translation.override(who.language):
        what = _("You asked us to keep your data and not to use it. From %(date)s we may use it again.") % {"date": _day(on)}
        why = _("Why: %(reason)s") % {"reason": reason}
        object_ = _("Do you not agree? Answer this mail before that day.")
        _send(who, Letter(_about(request), [what, why, object_, _complain()], _("See your requests")))


def erased(who: To | None, request: RightsRequest, certificate: Certificate) -> None:
    """The last mail: the certificate, with nothing in it that leads back to us knowing them."""
    if who is None:
        return
    with translation.override(who.language):
        gone = [f"{wording.table(what)}: {count}" for what, count in certificate.rows.items()]
        lines = [_("You asked us to delete everything. It is done. This is the proof."), _("Deleted:") + " " + "; ".join(gone)]
        if certificate.proof_until:
            stays = _("What you allowed stays as locked proof until %(date)s. Then nobody can read it any more.")
            lines.append(stays % {"date": _day(certificate.proof_until)})
        lines.append(_("A code made of your address stays, so that nobody writes to you again. Nobody can read the address from it."))
        lines.append(_("Number of this proof: %(ref)s") % {"ref": certificate.subject_ref})
        _send(who._replace(customer_id=0), Letter(_about(request), lines))


def _of(request: RightsRequest) -> To | None:
    customer = Customer.objects.filter(pk=request.customer_id).first()
    root = Customer.objects.filter(pk=customer.root).first() if customer else None
    return to(root) if root else None


def _about(request: RightsRequest) -> str:
    return _("Your request %(number)s") % {"number": request.number}


def _asked(request: RightsRequest) -> str:
    said = {"date": _day(request.received_at), "what": wording.asked(request)}
    return _("On %(date)s you asked us: %(what)s.") % said


def _complain() -> str:
    authority = authorities.of(tenancy.current().country)
    said = {"authority": authority.name, "url": authority.url}
    return _("Do you not agree? You can complain to us by answering this mail, to %(authority)s (%(url)s), or go to court.") % said


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment, tenancy.current().zone), "DATE_FORMAT")


def _send(who: To, letter: Letter) -> None:
    link = _link(who) if letter.action else ""
    outgoing.post("rights_letter", who.address, subject=letter.subject, lines=letter.lines, action=letter.action, link=link)


def _link(who: To) -> str:
    """By which a code can be asked for: it shows nothing by itself."""
    path = reverse("portal:code", args=[tenancy.current().slug, tokens.act(who.customer_id)])
    return f"{settings.BASE_URL}{path}?wants=requests"

"""A consent form in a real browser: at every width, with and without JavaScript, in both languages (privacy.md CC1, CC3, PP8)."""

import re
from types import SimpleNamespace

import pytest
from django.db import connections
from django.utils import timezone

from accounts import tenancy
from consent import gate
from consent.models import ConsentForm, Purpose
from customers.models import Customer
from tests.accounts import post
from tests.browser.test_pages import LOOKS, opened
from tests.consent import form_rows, rows

in_every_look = pytest.mark.parametrize(
    ("width", "theme", "language"), LOOKS, ids=["desk-light", "desk-dark", "phone-light-nl", "phone-dark-nl"]
)
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


@pytest.fixture(scope="module")
def paper(site, django_db_blocker) -> SimpleNamespace:
    """A form for a purpose of its own, and one that is closed."""
    with tenancy.scope(site.cast.acme):
        rows.purpose("paper", needs_confirmation=True, channels=("email", "post"))
        offers = (("paper", "email"), ("paper", "post"))
        made = form_rows.opened(site.cast.ana, *offers, name="Paper", attributes=["birthday", "city"], sites=[site.url])
        page = form_rows.page(made)
        closed = form_rows.opened(site.cast.ana, *offers, name="Closed")
        ConsentForm.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
        pages = [page, f"{page}?done=1", form_rows.page(closed), "/p/acme/confirm/nothing/"]
    connections.close_all()
    return SimpleNamespace(page=page, pages=pages)


@in_every_look
def test_every_page_is_accessible_and_fits(site, visit, paper, width, theme, language):
    window = opened(visit(width=width, theme=theme, language=language))
    assert [fault for path in paper.pages for fault in window.look_at(site.url + path)] == []


@SCRIPT
def test_somebody_fills_it_in_and_confirms(site, visit, paper, script):
    """CC3"""
    email = f"tess{script}@new.example".lower()
    tab = visit(width=390, language="en-GB", java_script_enabled=script).new_page()
    tab.goto(site.url + paper.page)
    assert tab.locator("input[type=checkbox]:checked").count() == 0
    tab.get_by_role("button", name="Send it to me").click()
    assert tab.get_by_text("You ticked nothing").is_visible()
    tab.get_by_label("E-mail", exact=True).fill(email)
    tab.get_by_label("City").fill("Utrecht")
    tab.get_by_role("checkbox").first.check()
    tab.get_by_role("button", name="Send it to me").click()
    assert tab.get_by_text("Thank you!").is_visible()
    tab.goto(site.url + _link(email))
    tab.get_by_role("button", name="Yes, that was me").click()
    assert tab.get_by_text("Thank you!").is_visible()
    assert _is_allowed(site, email)


def _link(email: str) -> str:
    (mail,) = (each for each in post.arrived() if each["To"] == email)
    return re.search(r"(/p/[\w-]+/confirm/\S+/)", post.text_of(mail))[1]


def _is_allowed(site, email: str) -> bool:
    with tenancy.scope(site.cast.acme):
        who = Customer.objects.get(email=email)
        answer = gate.ask([who.pk], Purpose.objects.get(key="paper"), "email")[who.pk].reason == 0
    connections.close_all()
    return answer

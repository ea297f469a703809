"""The pages of customers in a real browser: phone and desk, with and without JavaScript, by keyboard, in both languages (PP7, PP8)."""

import re
from types import SimpleNamespace

import pytest
from django.db import connections
from django.utils import timezone

from accounts import tenancy
from consent import gate
from consent.models import Purpose, ViewCode
from consent.portal import sessions, tokens
from customers.models import Customer
from tests.accounts import post
from tests.browser.test_pages import LOOKS, opened
from tests.consent import rows


def texts(english: str, dutch: str) -> dict[str, dict[str, str]]:
    return {code: {"title": title, "text": title, "label": "", "withdrawal": title} for code, title in (("en-gb", english), ("nl", dutch))}


BY_LINK = ["", "?saved=letter.email", "?refused=sales.sms&because=no_sale", "code/?wants=held", "code/?wants=letter.email&sent=1"]
BY_CODE = [
    *("", "held/", "did/", "messages/", "history/", "requests/", "requests/erase/"),
    *("correct/?what=city", "correct/?what=birthday", "forget/?what=city", "wrong/?what=scores", "object/?what=scores"),
]
OPEN = ["ask/", "ask/?sent=1", "ask/?left=1", "c/nothing/"]
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
WIDTH = pytest.mark.parametrize("width", [390, 1280])


@pytest.fixture(scope="module")
def portal(site, django_db_blocker) -> SimpleNamespace:
    """Ada, with a choice made, answers of the gate, and purposes of every kind."""
    acme = site.cast.acme
    with tenancy.scope(acme):
        Purpose.objects.update(archived_at=timezone.now())
        news = rows.purpose("letter")
        rows.purpose("sales", channels=("email", "sms", "post"), texts=texts("Offers", "Aanbiedingen"))
        others = [{"name": "A firm with a long name that measures", "role": "", "country": "NL"}]
        rows.purpose("clicks", kind="tracking", recipients=others, texts=texts("What you click", "Waar u op klikt"))
        told = texts("About your order", "Over uw bestelling")
        rows.purpose("parcels", kind="service", texts=told, gdpr_basis="contract", eprivacy_basis="not_needed")
        ada = Customer.objects.get(email="ada@shop.example")
        rows.allow(ada, news)
        gate.decide([ada.pk], news, "email", asked_by="campaign:1")
        gate.decide([ada.pk], Purpose.objects.get(key="sales"), "sms", asked_by="campaign:1")
        now = timezone.now()
        code = ViewCode.objects.create(customer=ada, digest=b"", sent_at=now, used_at=now, expires_at=now + sessions.LASTS)
        made = SimpleNamespace(
            tenant=acme,
            ada=ada,
            link=f"/p/acme/c/{tokens.act(ada.pk)}/",
            one_click=f"/u/acme/{tokens.act(ada.pk, purpose_key='letter', channel='email')}",
            cookie=tokens.view(code.pk),
        )
    connections.close_all()
    return made


@pytest.fixture
def walk_in(site, visit, portal):
    """A tab of a customer; `proved`: who has typed in the code."""

    def tab(*, proved: bool = False, height: int = 844, script: bool = True, **look):
        context = visit(java_script_enabled=script, **look)
        if proved:
            context.add_cookies([{"name": "portret_portal_acme", "value": portal.cookie, "url": site.url + "/p/acme/"}])
        page = context.new_page()
        page.set_viewport_size({"width": look.get("width", 390), "height": height})
        return page

    return tab


def every_page(portal) -> list[str]:
    seen = [f"/p/acme/me/{path}" for path in BY_CODE]
    return [*(portal.link + path for path in BY_LINK), *seen, *(f"/p/acme/{path}" for path in OPEN), portal.one_click]


@pytest.mark.parametrize(("width", "theme", "language"), LOOKS, ids=["desk-light", "desk-dark", "phone-light-nl", "phone-dark-nl"])
def test_every_page_is_accessible_and_fits(site, visit, portal, width, theme, language):
    """PP8, PP9: axe at WCAG 2.2 AA, nothing blocked, nothing from elsewhere."""
    context = visit(width=width, theme=theme, language=language)
    context.add_cookies([{"name": "portret_portal_acme", "value": portal.cookie, "url": site.url + "/p/acme/"}])
    window, asked = opened(context), set()
    window.tab.on("request", lambda request: asked.add(request.url.split("/")[2]))
    assert [fault for address in every_page(portal) for fault in window.look_at(address)] == []
    assert asked == {site.url.split("/")[2]}


def test_no_page_is_wider_than_the_narrowest_screen(walk_in, portal):
    tab = walk_in(width=320, proved=True)
    for address in every_page(portal):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address


@WIDTH
def test_stop_everything_is_there_without_scrolling(walk_in, portal, width):
    """PP7"""
    tab = walk_in(width=width)
    tab.goto(portal.link)
    box = tab.get_by_role("button", name="Stop everything").bounding_box()
    assert box["y"] + box["height"] <= 844
    assert tab.evaluate("scrollY") == 0


LOOK_OF = """(button) => { const s = getComputedStyle(button);
  return ['fontSize', 'fontWeight', 'fontFamily', 'padding', 'height', 'width', 'borderRadius', 'opacity', 'cursor', 'textTransform']
    .map((name) => s[name]).concat(button.getAttribute('aria-pressed') === 'true' ? [] : [s.color, s.backgroundColor, s.borderColor]); }"""
PRESSED = "(button) => { const s = getComputedStyle(button); return [s.color, s.backgroundColor, s.borderColor]; }"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_yes_and_no_weigh_the_same(walk_in, portal, theme):
    """PP7: the same size and type, and pressed or not pressed they look alike, whichever of them it is."""
    tab = walk_in(width=390, theme=theme)
    tab.goto(portal.link)
    on, off = (tab.locator(f"[id='{name}'] .choice button") for name in ("letter.email", "clicks.email"))
    yes_on, no_off = on.all()
    yes_off, no_on = off.all()
    assert no_off.evaluate(LOOK_OF) == yes_off.evaluate(LOOK_OF)
    assert yes_on.evaluate(PRESSED) == no_on.evaluate(PRESSED)
    assert yes_on.evaluate(LOOK_OF)[:5] == no_on.evaluate(LOOK_OF)[:5]
    assert yes_on.bounding_box()["width"] == pytest.approx(no_off.bounding_box()["width"], abs=1)


def test_what_is_pressed_with_a_thumb_is_large_enough(walk_in, portal):
    """44 pixels (ui.md)."""
    tab = walk_in(width=390, proved=True)
    for address in every_page(portal):
        tab.goto(address)
        small = tab.evaluate(
            """[...document.querySelectorAll('main button, main select, main input:not([type=hidden]), main summary, nav a, footer a')]
               .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert small == [], address


@SCRIPT
@WIDTH
def test_a_customer_chooses_stops_and_pauses(walk_in, portal, width, script):
    """PP8: the same with and without JavaScript."""
    tab = walk_in(width=width, script=script)
    tab.goto(portal.link)
    row = tab.locator("[id='sales.post']")
    row.get_by_role("button", name="No").click()
    assert "Saved. It works from now on." in tab.locator("[id='sales.post']").inner_text()
    tab.get_by_label("At most").select_option("1 week")
    tab.get_by_role("button", name="Save").click()
    assert tab.get_by_label("At most").input_value() == "1 week"
    tab.get_by_label("Send nothing until").fill("1999-01-01")
    tab.get_by_role("button", name="Save").click()
    assert "Choose a day after today" in tab.locator("main").inner_text()


@SCRIPT
def test_a_customer_proves_who_they_are_and_sees_their_data(walk_in, portal, script):
    tab = walk_in(width=390, script=script)
    tab.goto(portal.link)
    tab.get_by_role("link", name="What we hold").click()
    tab.get_by_role("button", name="Send me a code").click()
    tab.get_by_label("The six digits").fill(re.search(r"\d{3} \d{3}", post.text_of(post.last()))[0])
    tab.get_by_role("button", name="Go on").click()
    tab.wait_for_url("**/me/held/")
    assert "ada@shop.example" in tab.locator("main").inner_text()
    tab.get_by_role("button", name="Close it now").click()
    assert "Closed." in tab.locator("main").inner_text()
    assert tab.goto("/p/acme/me/held/").url.endswith("/p/acme/ask/")


def pressed_by_keyboard(tab, wanted: str) -> None:
    """Tab until the element is reached, then Enter."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate(f"document.activeElement.matches({wanted!r})"):
            break
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")


def test_everything_can_be_chosen_by_keyboard_alone(walk_in, portal):
    """PP8"""
    tab = walk_in(width=1280)
    tab.goto(portal.link)
    pressed_by_keyboard(tab, "[id='clicks.email'] button[value=no]")
    tab.wait_for_url("**saved=clicks.email*")
    tab.goto(portal.link)
    pressed_by_keyboard(tab, "[id='clicks.email'] button[value=yes]")
    tab.wait_for_url("**/code/*")


def test_the_first_tab_leads_past_the_head(walk_in, portal):
    tab = walk_in(width=1280)
    tab.goto(portal.link)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"


@SCRIPT
def test_the_other_language_is_one_click_away_and_stays(walk_in, portal, script):
    """PP8"""
    tab = walk_in(width=390, script=script)
    tab.goto(portal.link)
    assert tab.locator("html").get_attribute("lang") == "en-gb"
    tab.get_by_role("link", name="Nederlands").click()
    tab.goto(portal.link)
    assert tab.locator("html").get_attribute("lang") == "nl"
    assert "Nieuwsbrief" in tab.locator("main").inner_text()


@SCRIPT
@WIDTH
def test_one_press_stops_everything(walk_in, portal, width, script):
    """CC5; last: it cannot be taken back by the link."""
    tab = walk_in(width=width, script=script)
    tab.goto(portal.link)
    stop = tab.get_by_role("button", name="Stop everything")
    if stop.count():
        stop.click()
    assert "Everything is stopped." in tab.locator("main").inner_text()
    assert tab.locator(".choice button[value=no][aria-pressed=true]").count() == 5

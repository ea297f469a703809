"""The shell in use: by keyboard, without JavaScript, in both languages and themes."""

from tests.conftest import PASSWORD


def test_the_first_tab_offers_to_skip_to_the_content(site, visit):
    tab = visit(site.cast.ana).new_page()
    tab.goto("/t/acme/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#main")


def test_everything_that_can_be_clicked_can_be_reached_by_tab(site, visit):
    tab = visit(site.cast.ana).new_page()
    tab.goto("/t/acme/team/")
    reachable = "a[href], button, input:not([type=hidden]), select, textarea, summary"
    shown = tab.evaluate(f"[...document.querySelectorAll('{reachable}')].filter((e) => e.checkVisibility() && !e.disabled).length")
    reached = set()
    for _ in range(shown + 5):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate(f"[...document.querySelectorAll('{reachable}')].indexOf(document.activeElement)"))
    assert len(reached - {-1}) >= shown


def test_focus_can_be_seen(site, visit):
    tab = visit(site.cast.ana).new_page()
    tab.goto("/t/acme/keys/new/")
    tab.focus("#id_name")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_phone_menu_opens_without_a_script_and_leads_on(site, visit):
    tab = visit(site.cast.ana, width=390, java_script_enabled=False).new_page()
    tab.goto("/t/acme/")
    tab.locator(".menu summary").first.click()
    tab.locator(".menu-panel").get_by_role("link", name="API keys").click()
    assert tab.url.endswith("/t/acme/keys/")


def test_signing_in_and_inviting_work_without_a_script(site, visit):
    tab = visit(java_script_enabled=False).new_page()
    tab.goto("/t/acme/team/invite/")
    tab.fill("input[name=login]", "ana@acme.example")
    tab.fill("input[name=password]", PASSWORD)
    tab.locator("main form button[type=submit]").first.click()
    tab.wait_for_url("**/t/acme/team/invite/")
    tab.fill("input[name=email]", "carol@acme.example")
    tab.check("input[value=editor]")
    tab.locator("main form button[type=submit]").first.click()
    assert tab.url.endswith("/t/acme/team/")
    assert "carol@acme.example" in tab.locator("main").inner_text()


def test_an_error_stands_at_its_field_and_is_tied_to_it(site, visit):
    tab = visit(site.cast.ana, java_script_enabled=False).new_page()
    tab.goto("/t/acme/settings/brand/")
    tab.fill("input[name=colour]", "#eeeeee")
    tab.locator("main form button[type=submit]").first.click()
    field = tab.locator("input[name=colour]")
    assert field.get_attribute("aria-invalid") == "true"
    told = " ".join(tab.locator(f"#{name}").inner_text() for name in field.get_attribute("aria-describedby").split())
    assert "Too little contrast" in told
    assert field.input_value() == "#eeeeee"


def test_dutch_is_one_click_away_and_stays(site, visit):
    tab = visit(site.cast.ben).new_page()
    tab.goto("/t/acme/")
    assert tab.locator("html").get_attribute("lang") == "en-gb"
    tab.locator("summary", has_text="Ben de Vries").click()
    tab.get_by_role("button", name="Nederlands").first.click()
    tab.wait_for_url("**/t/acme/")
    assert tab.locator("html").get_attribute("lang") == "nl"
    assert "Vandaag" in tab.locator("nav").first.inner_text()


def test_the_audit_log_narrows_while_one_types_and_says_so(site, visit):
    tab = visit(site.cast.ana).new_page()
    tab.goto("/t/acme/audit/")
    everything = tab.locator("#entries tbody tr").count()
    tab.evaluate("window.wasHere = true")
    tab.fill("input[name=q]", "Ben de Vries")
    tab.wait_for_url("**q=Ben*")
    assert 0 < tab.locator("#entries tbody tr").count() < everything
    assert "q=Ben" in tab.locator("#export").get_attribute("href")
    assert tab.evaluate("window.wasHere"), "the page was not loaded anew"
    assert tab.evaluate("document.activeElement.name") == "q"
    tab.locator("[role=status]", has_text="found").first.wait_for(state="attached")

"""Every page in a real browser: axe finds nothing at WCAG 2.2 AA, the policy blocks nothing, nothing is wider than the screen."""

from pathlib import Path

import pytest

from tests.architecture.test_addresses import OPEN, TENANT_ADDRESSES, path_of

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
POSTED_TO = {"accounts:invitation_renew", "accounts:invitation_revoke", "accounts:sender_remove"}
NOT_A_PAGE = {"accounts:audit_entry_export", "accounts:brand_logo"}
ROW_OF = {"member_id": "Membership", "invitation_id": "Invitation", "key_id": "ApiKey", "sender_id": "SenderIdentity"}

OF_A_TENANT = [address for address in TENANT_ADDRESSES if address[1] not in OPEN | POSTED_TO | NOT_A_PAGE]
OF_A_PERSON = [
    "/organisations/",
    "/organisations/new/",
    "/second-factor/",
    "/account/email/",
    "/account/password/change/",
    "/account/2fa/",
    "/account/2fa/totp/activate/",
    "/account/2fa/webauthn/",
    "/account/2fa/webauthn/add/",
    "/account/sessions/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/t/globex/",  # not hers: the page that says so
]
OF_NOBODY = [
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/confirm-email/",
    "/nowhere/",
]
LOOKS = [(1440, "light", "en-GB"), (1440, "dark", "en-GB"), (390, "light", "nl"), (390, "dark", "nl")]
in_every_look = pytest.mark.parametrize(
    ("width", "theme", "language"), LOOKS, ids=["desk-light", "desk-dark", "phone-light-nl", "phone-dark-nl"]
)


class Window:
    """One tab that remembers what went wrong in it."""

    def __init__(self, context) -> None:
        self.tab = context.new_page()
        self.faults: list[str] = []
        self.tab.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.tab.on("console", lambda said: self.faults.append(f"console: {said.text}") if said.type in ("error", "warning") else None)

    def look_at(self, address: str) -> list[str]:
        self.faults.clear()
        self.tab.goto(address, wait_until="load")
        found = self.tab.evaluate(RUN_AXE, RULES)
        wide = self.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [
            *(f"{address} {rule}" for rule in found),
            *(f"{address} {fault}" for fault in self.faults if "status of 4" not in fault),
            *([f"{address} is {wide} px wider than the screen"] if wide > 0 else []),
        ]


RUN_AXE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules });
  const where = (v) => v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ');
  return found.violations.map((v) => `${v.id}: ${where(v)} ${v.nodes[0].failureSummary}`);
}"""


def opened(context) -> Window:
    """axe is there before the page's own policy is."""
    context.add_init_script(AXE)
    return Window(context)


@in_every_look
def test_pages_of_a_tenant(site, visit, width, theme, language):
    window = opened(visit(site.cast.ana, width=width, theme=theme, language=language))
    faults = []
    for route, _name, _view, kinds in OF_A_TENANT:
        row = next((ROW_OF[kind] for kind in kinds if kind in ROW_OF), None)
        faults += window.look_at(path_of(route, site.cast.acme, site.ids.get(row, "")))
    assert faults == []


@in_every_look
def test_pages_of_a_person(site, visit, width, theme, language):
    window = opened(visit(site.cast.ana, width=width, theme=theme, language=language))
    assert [fault for address in OF_A_PERSON for fault in window.look_at(address)] == []


@in_every_look
def test_pages_of_nobody(site, visit, width, theme, language):
    window = opened(visit(width=width, theme=theme, language=language))
    assert [fault for address in OF_NOBODY for fault in window.look_at(address)] == []


def test_no_page_is_wider_than_the_narrowest_screen(site, visit):
    tab = visit(site.cast.ana, width=320).new_page()
    for route, _name, _view, kinds in OF_A_TENANT:
        row = next((ROW_OF[kind] for kind in kinds if kind in ROW_OF), None)
        tab.goto(path_of(route, site.cast.acme, site.ids.get(row, "")))
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), tab.url

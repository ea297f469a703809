"""Every page in a real browser: axe finds nothing at WCAG 2.2 AA, the policy blocks nothing, nothing is wider than the screen."""

import re
from pathlib import Path

import pytest

from tests.architecture.test_addresses import OPEN, TENANT_ADDRESSES

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
POSTED_TO = {
    "accounts:invitation_renew",
    "accounts:invitation_revoke",
    "accounts:sender_remove",
    "consent:purpose_archive",
    "consent:purpose_start",
    "consent:retention_run",
    *(f"consent:rights_request_{act}" for act in ("drop", "lift", "package")),
    "consent:suppression_lift",
    "consent:suppression_search",
    "consent:transparency_publish",
    "consent:ledger_check",
    "consent:ledger_copy_remove",
    "customers:attribute_retire",
    "customers:customer_unmerge",
    "customers:import_start",
    "customers:import_cancel",
    "customers:segment_archive",
    "customers:segment_preview",
}
NOT_A_PAGE = {
    *(f"consent:ledger_{name}" for name in ("event_receipt", "export", "verifier")),
    "accounts:audit_entry_export",
    "accounts:brand_logo",
    "consent:processing_export",
    "consent:retention_change",  # of a rule that is named: see ALSO
    "customers:import_errors",
    "customers:rule_schema",
}
ROW_OF = {
    "breach_id": "Breach",
    "member_id": "Membership",
    "invitation_id": "Invitation",
    "key_id": "ApiKey",
    "sender_id": "SenderIdentity",
    "import_id": "Import",
    "segment_id": "Segment",
    "source_id": "Source",
    "item_id": "QuarantinedItem",
    "customer_id": "Customer",
    "merge_id": "Merge",
    "attribute_id": "Attribute",
    "type_id": "EventType",
    "event_id": "LedgerEvent",
    "copy_id": "CheckpointCopy",
    "purpose_id": "Purpose",
    "request_id": "RightsRequest",
    "form_id": "ConsentForm",
}
# Pages that are about another row than the others of its kind, and pages that look different by what is asked or by a state.
ABOUT = {"customers:import_mapping": {"Import": "Import:draft"}}
ALSO = [
    "customers/?anonymous=on&q=ada",
    "customers/?q=nobody-is-called-this",
    "customers/{Customer}/?event={EventType}",
    "customers/{Customer}/segments/?segment={Segment}",
    "customers/{Customer}/merge/?q=noor",
    "segments/?archived",
    "segments/create/?start=at-risk",
    "sources/quarantine/?source=shop",
    "imports/new/?kind=list",
    "imports/{Import:tried}/",
    "imports/{Import:running}/",
    "imports/{Import:failed}/",
    "imports/{Import:cancelled}/",
    "products/?q=nothing",
    "purposes/?archived",
    "forms/?closed",
    "decisions/?reason=60",
    "decisions/?reason=10",
    "purposes/record/?view=processor",
    "retention/?look",
    "retention/change/?about=quarantine",
    "rights-requests/?show=all",
    "rights-requests/new/?q=ada",
    "rights-requests/new/?customer={Customer}",
    "rights-requests/{RightsRequest:access}/",
    "rights-requests/{RightsRequest:restrict}/",
    "rights-requests/{RightsRequest:refused}/",
]

OF_A_TENANT = [address for address in TENANT_ADDRESSES if address[1] not in OPEN | POSTED_TO | NOT_A_PAGE]
BEFORE_ANYTHING = [route for route, name, _view, kinds in OF_A_TENANT if not kinds.keys() & ROW_OF.keys()]
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
        self.tab.wait_for_function(QUIET)
        found = self.tab.evaluate(RUN_AXE, RULES)
        wide = self.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [
            *(f"{address} {rule}" for rule in found),
            *(f"{address} {fault}" for fault in self.faults if "status of 4" not in fault),
            *([f"{address} is {wide} px wider than the screen"] if wide > 0 else []),
        ]


# What is being fetched anew is dimmed for that while; an import that runs is fetched every second.
QUIET = "() => !document.querySelector('[aria-busy=true]') && document.getAnimations().every((one) => one.playState !== 'running')"
RUN_AXE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules });
  const where = (v) => v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ');
  return found.violations.map((v) => `${v.id}: ${where(v)} ${v.nodes[0].failureSummary}`);
}"""


def address_of(site, route: str, name: str = "") -> str:
    """Of a page of acme, about a row with something to see."""
    ids = site.ids | {model: site.ids[other] for model, other in ABOUT.get(name, {}).items()}
    path = "/" + route.replace("<slug:tenant_slug>", site.cast.acme.slug)
    return re.sub(r"<public:(\w+)>", lambda found: ids[ROW_OF[found[1]]], path)


def of_acme(site) -> list[str]:
    return [
        *(address_of(site, route, name) for route, name, *_ in OF_A_TENANT),
        *(f"/t/{site.cast.acme.slug}/" + re.sub(r"{(.+?)}", lambda found: site.ids[found[1]], path) for path in ALSO),
    ]


def opened(context) -> Window:
    """axe is there before the page's own policy is."""
    context.add_init_script(AXE)
    return Window(context)


def test_every_page_of_a_tenant_is_there_and_shows_what_it_is_about(site, visit):
    tab = visit(site.cast.ana).new_page()
    answers = {address: tab.goto(address, wait_until="commit") for address in of_acme(site)}
    assert {address: answer.status for address, answer in answers.items() if answer.status != 200} == {}
    assert [address for address, answer in answers.items() if answer.url.partition("?")[0] != site.url + address.partition("?")[0]] == []


@in_every_look
def test_pages_of_a_tenant(site, visit, width, theme, language):
    window = opened(visit(site.cast.ana, width=width, theme=theme, language=language))
    assert [fault for address in of_acme(site) for fault in window.look_at(address)] == []


@in_every_look
def test_pages_of_a_tenant_that_has_nothing_yet(site, visit, width, theme, language):
    window = opened(visit(site.cast.mallory, width=width, theme=theme, language=language))
    pages = ["/" + route.replace("<slug:tenant_slug>", site.cast.globex.slug) for route in BEFORE_ANYTHING]
    assert [fault for address in pages for fault in window.look_at(address)] == []


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
    for address in of_acme(site):
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), tab.url

import pytest
from tests.browser.conftest import *
from tests.browser.test_pages import *
from tests.browser.test_forms import paper
@pytest.mark.parametrize("width,theme,language", [(1440,"light","en-GB"),(390,"dark","nl")])
def test_shots(site, visit, paper, width, theme, language):
    w = opened(visit(site.cast.ana, width=width, theme=theme, language=language))
    f=[]
    for n,p in {"list":"forms/","form":"forms/%s/"%site.ids["ConsentForm"],"change":"forms/%s/change/"%site.ids["ConsentForm"],"close":"forms/%s/close/"%site.ids["ConsentForm"],"import":"forms/import/","dec":"decisions/","supp":"blocked-addresses/","suppnew":"blocked-addresses/new/"}.items():
        f+=w.look_at(site.url+"/t/acme/"+p); w.tab.screenshot(path=f"/tmp/s4_{n}_{width}.png", full_page=True)
    w.tab.goto(site.url+"/t/acme/blocked-addresses/"); w.tab.locator("input[name=address]").first.fill("gone@shop.example"); w.tab.locator("form[action$='search/'] button").click()
    w.tab.screenshot(path=f"/tmp/s4_search_{width}.png", full_page=True)
    f+=w.tab.evaluate(RUN_AXE, RULES)
    for n,p in zip(["pub","done","closed","exp"], paper.pages):
        f+=w.look_at(site.url+p); w.tab.screenshot(path=f"/tmp/s4_{n}_{width}.png", full_page=True)
    assert f==[]

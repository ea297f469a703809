"""Consent forms as colleagues make them: who may, what is refused, versions, the piece for a site, closing (privacy.md CC1, CC2, TP6)."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tenancy
from accounts.models import AuditEntry
from consent import capture, offering
from consent.models import ConsentForm, ConsentFormVersion, PendingConsent, PurposeVersion
from consent.offering import CannotOffer
from customers.models import Attribute, Source
from tests.consent import form_rows, register_rows, rows
from tests.consent.form_rows import ENGLISH

pytestmark = pytest.mark.django_db
LIST = "/t/acme/forms/"
SAID = {
    "name": "Foot of the site",
    "purposes": ["newsletter.email"],
    "attributes": ["city"],
    "sites": "https://www.Shop.example/\r\n\r\nhttps://www.shop.example\r\nhttp://localhost:8080",
    **{f"text_{language}_{part}": words for language in ("nl", "en-gb") for part, words in form_rows.TEXTS.items()},
}


@pytest.fixture
def ready(cast) -> None:
    with tenancy.scope(cast.acme):
        register_rows.identity()
        rows.purpose(needs_confirmation=True)


@pytest.fixture
def form(cast, ready) -> ConsentForm:
    with tenancy.scope(cast.acme):
        return form_rows.opened(cast.ana)


def at(form: ConsentForm, part: str = "") -> str:
    with tenancy.scope(form.tenant):
        return f"{LIST}{form.public_id}/{part}"


def actions(tenant) -> list[str]:
    with tenancy.scope(tenant):
        return list(AuditEntry.objects.filter(action__startswith="form.").order_by("pk").values_list("action", flat=True))


def test_a_form_is_made_with_a_source_of_its_own(cast, ana, ready):
    answer = ana.post(f"{LIST}new/", SAID)
    assert answer.status_code == 302
    with tenancy.scope(cast.acme):
        form, source = ConsentForm.objects.get(), Source.objects.get()
        assert (form.source, form.version, source.slug) == (source, 1, "form-foot-of-the-site")
        version = ConsentFormVersion.objects.get()
        assert version.content == {
            "purposes": [["newsletter", "email"]],
            "attributes": ["city"],
            "sites": ["https://www.shop.example", "http://localhost:8080"],
            "texts": {"nl": form_rows.TEXTS, "en-gb": form_rows.TEXTS},
        }
        assert version.created_by == cast.ana
    assert actions(cast.acme) == ["form.created"]
    assert "Foot of the site" in ana.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"name": ""}, "required"),
        ({"purposes": []}, "Choose at least one purpose"),
        ({"purposes": ["newsletter.sms"]}, "Select a valid choice"),
        ({"attributes": ["email"]}, "Select a valid choice"),
        ({"sites": "shop.example"}, "Write"),
        ({"sites": "javascript:alert(1)"}, "Write"),
        ({"sites": "https://shop.example/page"}, "Write"),
        ({"sites": "https://shop.example:99999"}, "Write"),
        ({"text_nl_title": " "}, "required"),
        ({"text_en-gb_thanks": ""}, "required"),
        ({"text_nl_intro": "x" * 1_001}, "at most 1000"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(cast, ana, ready, wrong, word):
    """TP6"""
    answer = ana.post(f"{LIST}new/", {**SAID, **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert (ConsentForm.objects.count(), Source.objects.count()) == (0, 0)


def test_without_knowing_who_asks_nothing_is_asked(cast, ana):
    """CC2"""
    with tenancy.scope(cast.acme):
        rows.purpose()
    answer = ana.post(f"{LIST}new/", SAID, headers=ENGLISH)
    assert answer.status_code == 422
    assert "who you are by law" in answer.content.decode()


def test_two_open_forms_do_not_have_one_name(cast, ana, form):
    answer = ana.post(f"{LIST}new/", SAID, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Another open form has this name" in answer.content.decode()
    with tenancy.scope(cast.acme):
        assert Source.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"purposes": [["newsletter", "email", "checked"]]},
        {"purposes": [{"purpose": "newsletter", "channel": "email", "required": True}]},
        {"purposes": [["newsletter", "email"]], "required": ["newsletter"]},
        {"checked": True},
        {"texts": {"nl": {**form_rows.TEXTS, "checked": "checked"}, "en-gb": form_rows.TEXTS}},
        {"attributes": [["city", "required"]]},
    ],
)
def test_a_ticked_or_required_box_cannot_be_expressed(cast, in_acme, more):
    """CC1"""
    register_rows.identity()
    rows.purpose()
    with pytest.raises(CannotOffer, match="never ticked beforehand and never required"):
        offering.create("Sly", form_rows.content(**more), by=cast.ana, actor=form_rows.SYSTEM)
    assert not ConsentForm.objects.exists()


def test_only_what_is_in_force_and_asks_consent_is_offered(cast, in_acme):
    """CC2, CC9: a soft opt-in is no consent, and is not had with a box."""
    register_rows.identity()
    soft = {"eprivacy_basis": PurposeVersion.EPrivacy.SOFT_OPT_IN, "gdpr_basis": PurposeVersion.Gdpr.LEGITIMATE_INTEREST}
    rows.purpose("soft", **soft)
    rows.purpose("orders", kind="service", eprivacy_basis="not_needed", gdpr_basis="contract")
    rows.purpose("gone").__class__.objects.filter(key="gone").update(archived_at=timezone.now())
    register_rows.draft("draft")
    rows.purpose("half", texts={"nl": rows.TEXTS["nl"]})
    for key in ("soft", "orders", "gone", "draft", "half", "never"):
        with pytest.raises(CannotOffer):
            offering.create(key, form_rows.content((key, "email")), by=cast.ana, actor=form_rows.SYSTEM)


def test_a_language_without_texts_blocks_the_form(cast, in_acme):
    """TP6"""
    register_rows.identity()
    rows.purpose()
    with pytest.raises(CannotOffer, match="each language"):
        offering.create("Half", form_rows.content(texts={"nl": form_rows.TEXTS}), by=cast.ana, actor=form_rows.SYSTEM)


def test_what_takes_more_than_a_form_is_not_asked(cast, in_acme):
    """GDPR Art. 9"""
    register_rows.identity()
    rows.purpose()
    offering.askable()
    Attribute.objects.filter(key="city").update(category="special")
    with pytest.raises(CannotOffer, match="cannot be asked"):
        offering.create("Health", form_rows.content(attributes=["city"]), by=cast.ana, actor=form_rows.SYSTEM)


def test_a_change_is_the_next_version_and_the_first_stays(cast, ana, form):
    """CR3"""
    assert ana.post(at(form, "change/"), {**SAID, "name": "Foot"}).status_code == 302
    assert ana.post(at(form, "change/"), {**SAID, "name": "Foot"}).status_code == 302  # the same once more: nothing new
    with tenancy.scope(cast.acme):
        form.refresh_from_db()
        assert (form.name, form.version) == ("Foot", 2)
        assert list(ConsentFormVersion.objects.order_by("number").values_list("content__attributes", flat=True)) == [[], ["city"]]
    assert actions(cast.acme) == ["form.created", "form.published"]
    assert ana.post(at(form, "change/"), {**SAID, "purposes": []}).status_code == 422


def test_a_form_tells_what_has_gone_since(cast, ana, form):
    with tenancy.scope(cast.acme):
        cast.acme.languages = [*cast.acme.languages, "de"]
        cast.acme.save()
    assert "Make a next one" in ana.get(at(form), headers=ENGLISH).content.decode()


def test_closing_and_opening_again(cast, ana, form):
    assert "Close Foot of the site" in ana.get(at(form, "close/"), headers=ENGLISH).content.decode()
    with tenancy.scope(cast.acme):
        assert not ConsentForm.objects.exclude(closed_at=None).exists()
    ana.post(at(form, "close/"))
    assert "Foot of the site" not in ana.get(LIST).content.decode()
    assert "Foot of the site" in ana.get(f"{LIST}?closed").content.decode()
    ana.post(at(form, "close/"))
    assert "Foot of the site" in ana.get(LIST).content.decode()
    assert actions(cast.acme) == ["form.created", "form.closed", "form.closed"]


def test_it_opens_again_only_under_a_name_that_is_free(cast, ana, form):
    ana.post(at(form, "close/"))
    with tenancy.scope(cast.acme):
        form_rows.opened(cast.ana)
    assert "Another open form" in ana.post(at(form, "close/"), follow=True, headers=ENGLISH).content.decode()
    with tenancy.scope(cast.acme):
        assert ConsentForm.objects.get(pk=form.pk).closed_at


def test_the_piece_for_a_site_works_as_it_stands_there(cast, ana, form):
    """CC1, CC2; without cookies or JavaScript."""
    text = ana.get(at(form), headers=ENGLISH).content.decode()
    pieces = [unescape(piece) for piece in re.findall(r'<code translate="no">(.*?)</code>', text, re.DOTALL)]
    assert len(pieces) == 2
    piece = next(each for each in pieces if "Yes, mail me" in each)
    for words in ("Acme B.V. asks this", "News about records.", "Stop with one click.", "How we use data", "<p hidden>"):
        assert words in piece, words
    for word in ("checked", "<script", "style="):
        assert word not in piece
    action = re.search(r'action="http://[^/]+(/p/acme/forms/[^"]+)"', piece)[1]
    seen = re.search(r'name="seen" value="(\w+)"', piece)[1]
    said = {"email": form_rows.EMAIL, "choice": "newsletter.email", "seen": seen}
    answer = Client(enforce_csrf_checks=True).post(action, said, headers={"origin": "https://www.shop.example"})
    assert answer.status_code == 302
    with tenancy.scope(cast.acme):
        assert PendingConsent.objects.get().language == "en-gb"


def test_it_counts_what_was_filled_in_and_confirmed(cast, ana, form):
    with tenancy.scope(cast.acme):
        version = offering.current(form)
        for number in range(3):
            capture.submit(version, capture.Answers(f"n{number}@new.example", (("newsletter", "email"),)), capture.Origin())
        PendingConsent.objects.filter(pk=PendingConsent.objects.first().pk).update(confirmed_at=timezone.now())
        assert offering.asked([form])[form.pk] == (3, 1)
    assert ana.get(at(form)).content.decode().count("tile-value") == 2


def test_the_list_takes_the_same_queries_for_one_form_and_for_forty(cast, ana, form):
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ana.get(LIST)
        return len(queries)

    few = asked()
    with tenancy.scope(cast.acme):
        for number in range(40):
            form_rows.opened(cast.ana, name=f"Form {number}")
    assert asked() == few


def test_a_new_organisation_is_shown_the_way(ana, cast):
    assert "publish one first" in ana.get(LIST, headers=ENGLISH).content.decode()


def test_a_viewer_sees_forms_and_changes_nothing(cast, ben, form):
    assert [ben.get(path).status_code for path in (LIST, at(form))] == [200, 200]
    for path in (f"{LIST}new/", at(form, "change/"), at(form, "close/")):
        assert [ben.get(path).status_code, ben.post(path, SAID).status_code] == [403, 403], path
    assert "New form" not in ben.get(LIST, headers=ENGLISH).content.decode()


def test_a_stranger_finds_nothing(mallory, form):
    for path in (LIST, f"{LIST}new/", at(form), at(form, "change/"), at(form, "close/")):
        assert mallory.get(path).status_code == 404


def test_lists_are_read_only(ana, form):
    assert [ana.post(path).status_code for path in (LIST, at(form))] == [405, 405]

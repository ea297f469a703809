"""The public page: made from the register, published in permanent versions, true, readable by everybody and by programs."""

import hashlib
import html
import json
import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import ApiKey, AuditEntry, LegalIdentity, SenderIdentity, Tenant
from consent import tasks, terms
from consent.ledger import reading, signing, subjects, tree
from consent.models import CheckpointCopy, Purpose, PurposeVersion, RightsRequest, SigningKey, TransparencyVersion
from consent.register import starting
from consent.register.content import canonical, sha256
from consent.transparency import authorities, content, publishing, trust, truth
from consent.transparency.publishing import CannotPublish
from tests.conftest import make_cast, signed_in
from tests.consent.register_rows import draft, identity, key, next_draft, publish, sender
from tests.consent.rows import TEXTS, allow, customer

PAGE, DESK = "/p/acme/", "/t/acme/transparency/"
ENGLISH, DUTCH = {"accept-language": "en"}, {"accept-language": "nl"}
MAILHUIS = {"name": "Mailhuis B.V.", "role": "sends our mail", "country": "NL"}


@pytest.fixture
def newsletter(cast):
    with tenancy.scope(cast.acme):
        identity()
        sender(cast.ana)
        return publish(draft(recipients=[MAILHUIS]), cast.ana).purpose


def publish_page(cast, by=None) -> TransparencyVersion:
    with tenancy.scope(cast.acme):
        return publishing.publish(sha256(content.now()), by=by or cast.ana, actor=SYSTEM)


@pytest.fixture
def published(cast, newsletter):
    return publish_page(cast)


def main(answer) -> str:
    """What the page says, without what stands around it."""
    return re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)[0]


def look(path: str = PAGE, headers=ENGLISH) -> str:
    answer = Client().get(path, headers=headers)
    assert answer.status_code == 200
    return main(answer)


def test_everything_the_law_asks_stands_on_it(published):
    """TP1: Art. 13(1)(a-f), 13(2)(a-f), 14(2)(f)."""
    shown = look()
    for words in (
        *("Acme B.V.", "Oude Gracht 101", "privacy@acme.example"),  # 13(1)(a), (b)
        *("Newsletter", "News about records.", "Your consent"),  # 13(1)(c)
        *("Mailhuis B.V. (sends our mail, NL)", "Outside Europe"),  # 13(1)(e), (f)
        *("2 years", "Take back a consent", "Stop with one click."),  # 13(2)(a), (b), (c)
        *("Autoriteit Persoonsgegevens", "You need not give these data"),  # 13(2)(d), (e)
        *("No program decides anything about you by itself.", "Newsletter form"),  # 13(2)(f), 14(2)(f)
    ):
        assert words in shown, words


def test_the_right_to_object_stands_apart(published):
    """TP3, Art. 21(4): its own section and anchor, before everything else."""
    shown = look()
    assert shown.index('id="object"') < shown.index("What for")


def test_a_profile_and_an_interest_are_explained(cast, newsletter):
    """Art. 13(1)(d), 13(2)(f)."""
    weighed = {"interest": "Showing what fits.", "necessity": "No other way.", "balance": "They expect it."}
    with tenancy.scope(cast.acme):
        profile = {"eprivacy_basis": "not_needed", "gdpr_basis": "legitimate_interest", "interest": weighed, "valid_days": None}
        publish(draft("choice", kind=Purpose.Kind.PROFILING, channels=["all"], **profile), cast.ana)
    publish_page(cast)
    shown = look()
    assert "Showing what fits." in shown
    assert "Our interest, weighed against yours" in shown
    assert "a program chooses what we show you" in shown


def test_it_speaks_every_language_of_the_tenant(published):
    """TP6."""
    assert "Nieuws over platen." in look(headers=DUTCH)
    assert "News about records." in look(f"{PAGE}?language=en-gb", headers=DUTCH)
    assert "Nieuws over platen." in look(f"{PAGE}?language=nl", headers=ENGLISH)


def test_where_from_and_why_that_long_are_said_in_the_language_too(cast, newsletter):
    """TP6: from the ready-made set."""
    with tenancy.scope(cast.acme):
        starting.draft(by=cast.ana, actor=SYSTEM)
        publish(PurposeVersion.objects.select_related("purpose").get(purpose__key="offers"), cast.ana)
    publish_page(cast)
    assert "After two years without an answer from you we stop." in look()
    assert "U zelf, bij het aanmelden" in look(headers=DUTCH)
    assert "U zelf" not in look()


def test_a_language_without_texts_stops_it(cast, newsletter):
    """TP6: a tenant that adds a language writes its texts first."""
    Tenant.objects.filter(pk=cast.acme.pk).update(languages=["nl", "en-gb", "fr"])
    with tenancy.scope(Tenant.objects.get(pk=cast.acme.pk)), pytest.raises(CannotPublish, match="fr"):
        publishing.publish(sha256(content.now()), by=cast.ana, actor=SYSTEM)


@pytest.mark.parametrize("field", ["security", "owner"])
def test_a_purpose_that_lacks_something_stops_it(cast, newsletter, field):
    """TP1."""
    with tenancy.scope(cast.acme):
        purpose = Purpose.objects.create(key="old", kind="marketing")
        version = draft_of(purpose, **{field: ""})
        Purpose.objects.filter(pk=purpose.pk).update(version=version)
        with pytest.raises(CannotPublish) as refused:
            publishing.publish(sha256(content.now()), by=cast.ana, actor=SYSTEM)
    assert {fault.field for fault in refused.value.faults} == {field}


def draft_of(purpose: Purpose, **more) -> PurposeVersion:
    values = {"texts": TEXTS, "channels": ["email"], "dpv_term": "DirectMarketing", "eprivacy_basis": "consent", "gdpr_basis": "consent"}
    kept = {"data_categories": ["Name"], "sources": [{"name": "Form"}], "kept_days": 1, "valid_days": 1, "security": "Yes.", "owner": "Ana"}
    return PurposeVersion.objects.create(
        **{"purpose": purpose, "number": 1, "published_at": timezone.now(), "review_on": "2090-01-01", **values, **kept, **more}
    )


def test_without_an_identity_or_a_purpose_nothing_is_published(cast):
    with tenancy.scope(cast.acme), pytest.raises(CannotPublish, match="in force"):
        publishing.publish(sha256(content.now()), by=cast.ana, actor=SYSTEM)


def test_before_the_first_version_it_says_who_to_ask_and_how_to_complain(cast):
    with tenancy.scope(cast.acme):
        identity()
    shown = look()
    assert "We are still writing this page." in shown
    assert "privacy@acme.example" in shown
    assert "Autoriteit Persoonsgegevens" in shown
    assert 'id="object"' in shown


def test_a_version_is_numbered_hashed_and_logged(cast, published):
    """TP2: its hash stands in the log, under the tenant's own subject."""
    assert (published.number, published.sha256) == (1, hashlib.sha256(canonical(published.content)).hexdigest())
    with tenancy.scope(cast.acme):
        event = reading.of_subjects([subjects.of_tenant()])[-1]
        assert (event.fields["kind"], event.fields["version"], event.fields["sha256"]) == ("transparency_version", "1", published.sha256)
        assert AuditEntry.objects.filter(action="transparency.published").count() == 1


def test_an_old_version_stays_what_it_was_to_the_byte(cast, published):
    """TP2."""
    addresses = ["/p/acme/versions/1/", "/p/acme/versions/1.jsonld"]
    before = [Client().get(path, headers=ENGLISH).content for path in addresses]
    with tenancy.scope(cast.acme):
        publish(next_draft(Purpose.objects.get(), texts={**TEXTS, "en-gb": {**TEXTS["en-gb"], "text": "Something else."}}), cast.ana)
        key(cast.ana, "Warehouse", "newsletter")
        sender(cast.ana, "more@acme.example")
    publish_page(cast)
    assert [Client().get(path, headers=ENGLISH).content for path in addresses] == before
    assert "Something else." in look()


def test_a_version_is_never_changed(cast, published):
    """TP2: the database refuses."""
    with pytest.raises(Exception, match="permission denied"), tenancy.scope(cast.acme):
        TransparencyVersion.objects.update(number=2)


def test_what_changed_is_shown(cast, published):
    """TP2."""
    with tenancy.scope(cast.acme):
        publish(next_draft(Purpose.objects.get(), kept_days=365), cast.ana)
    publish_page(cast)
    shown = look()
    assert "<del>Newsletter: kept: 2 years</del>" in shown
    assert "<ins>Newsletter: kept: 1 year</ins>" in shown
    assert 'href="/p/acme/versions/1/"' in shown
    assert "<del>" not in look("/p/acme/versions/1/")


def test_the_same_is_not_published_twice(cast, published):
    with pytest.raises(CannotPublish, match="Nothing has changed"):
        publish_page(cast)


def test_what_was_not_looked_at_is_not_published(cast, newsletter):
    with tenancy.scope(cast.acme):
        seen = sha256(content.now())
        sender(cast.ana, "more@acme.example")
        with pytest.raises(CannotPublish, match="changed while"):
            publishing.publish(seen, by=cast.ana, actor=SYSTEM)


def test_published_twice_at_once_is_one_version(committed):
    """TP2."""
    cast = make_cast()
    with tenancy.scope(cast.acme):
        identity()
        publish(draft(), cast.ana)
        seen = sha256(content.now())
    answers, ready = [], threading.Barrier(2)

    def press() -> None:
        browser = signed_in(cast.ana)
        ready.wait()
        answers.append(browser.post(f"{DESK}publish/", {"seen": seen}).status_code)
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 422]
    with tenancy.scope(cast.acme):
        assert TransparencyVersion.objects.count() == 1


def drift(cast) -> list[str]:
    with tenancy.scope(cast.acme):
        return truth.drift()


def test_a_page_that_is_true_has_no_drift(cast, published):
    """TP4: set equality."""
    assert drift(cast) == []


def test_each_thing_that_is_enabled_and_not_named_is_drift(cast, published):
    """TP4: a key that reads, a sender, a copy elsewhere, a purpose."""
    with tenancy.scope(cast.acme):
        key(cast.ana, "Warehouse", "newsletter")
        key(cast.ana, "Counter", "newsletter", scopes=("numbers.view",))  # sees no personal data
        sender(cast.ana, "more@acme.example")
        sender(cast.ana, "unproven@acme.example", is_confirmed=False)
        CheckpointCopy.objects.create(kind="hook", target="https://notary.example/x?token=1")
        publish(draft("offers"), cast.ana)
    with translation.override("en-gb"):
        assert drift(cast) == [
            "The page does not name mail from more@acme.example.",
            "The page does not name copies of checkpoints to notary.example.",
            "The page does not name the purpose Newsletter.",
            "The page does not name Warehouse for Newsletter.",
        ]


def test_each_thing_that_is_named_and_gone_is_drift(cast, published):
    """TP4."""
    with tenancy.scope(cast.acme):
        SenderIdentity.objects.all().delete()
        purpose = Purpose.objects.get()
        publish(next_draft(purpose, recipients=[]), cast.ana)
    found = drift(cast)
    assert "The page still names mail from news@acme.example." in found
    assert any("still names Mailhuis B.V." in one for one in found)


def test_a_revoked_key_is_drift_too(cast, newsletter):
    with tenancy.scope(cast.acme):
        key(cast.ana, "Warehouse", "newsletter")
    publish_page(cast)
    assert "Warehouse (connected program)" in look()
    with tenancy.scope(cast.acme):
        ApiKey.objects.update(revoked_at=timezone.now())
    assert any("still names Warehouse" in one for one in drift(cast))


def test_each_night_the_pages_are_held_against_the_truth(cast, published, caplog):
    """TP4."""
    tasks.check_transparency()
    assert "transparency page differs" not in caplog.text
    with tenancy.scope(cast.acme):
        sender(cast.ana, "more@acme.example")
    tasks.check_transparency()
    assert "transparency page differs" in caplog.text
    assert "more@acme.example" not in caplog.text


def test_a_change_that_reaches_further_names_who_must_be_told(cast, ana, published):
    """TP7."""
    with tenancy.scope(cast.acme):
        purpose = Purpose.objects.select_related("version").get()
        allow(customer(), purpose)
        publish(next_draft(purpose, data_categories=["EmailAddress", "Name", "Purchase"]), cast.ana)
    assert "must be told of this before it takes effect (1 now)" in ana.get(DESK, headers=ENGLISH).content.decode()
    assert publish_page(cast).content["tell"] == ["newsletter"]
    assert "must be told what changed (1 now)" in ana.get(DESK, headers=ENGLISH).content.decode()
    assert "tell" not in look()


def test_a_change_of_words_or_to_less_concerns_nobody(cast, published):
    """TP7."""
    with tenancy.scope(cast.acme):
        publish(next_draft(Purpose.objects.get(), data_categories=["EmailAddress"], kept_days=30), cast.ana)
        publish(draft("offers"), cast.ana)  # new: it asks by itself
    assert publish_page(cast).content["tell"] == []


def test_programs_read_the_same_in_terms_that_exist(published):
    """TP5: linked, parsed, and every IRI is one of DPV 2.3."""
    page = Client().get(PAGE, headers=ENGLISH).content.decode()
    assert '<link rel="alternate" type="application/ld+json" href="/p/acme/transparency.jsonld">' in page
    answer = Client().get("/p/acme/transparency.jsonld")
    assert answer.headers["Content-Type"].startswith("application/ld+json")
    twin = json.loads(answer.content)
    (process,) = twin["dpv:hasProcess"]
    assert process["dpv:hasPurpose"]["skos:broader"]["@id"].removeprefix("dpv:") in terms.PURPOSES
    assert {each["@id"].removeprefix("pd:") for each in process["dpv:hasPersonalData"]} <= terms.DATA.keys()
    assert process["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-a"}
    assert (twin["here:sha256"], twin["dpv:hasAuthority"]["dpv:hasName"]) == (published.sha256, "Autoriteit Persoonsgegevens")
    assert set(re.findall(r'"(dpv:\w+)"', answer.content.decode())) <= KNOWN


KNOWN = {
    f"dpv:{term}"
    for term in (
        *("hasDataController", "DataController", "hasName", "hasAddress", "hasContact", "hasIdentifier", "hasJurisdiction"),
        *("hasApplicableLaw", "hasProcess", "Process", "hasPurpose", "Purpose", "hasLegalBasis", "hasPersonalData", "hasDataSource"),
        *("hasRecipient", "Recipient", "hasStorageCondition", "StorageDuration", "hasDuration", "UntilEventDuration", "hasRight"),
        *("PrivacyNotice", "hasAuthority", "DataProtectionAuthority", "DirectMarketing"),
    )
}


def test_a_version_that_is_not_there_is_not_found(published):
    paths = ["/p/acme/versions/2/", "/p/acme/versions/0/", "/p/acme/versions/0.jsonld", "/p/acme/versions/99999999999999999999/"]
    assert [Client().get(path).status_code for path in [*paths, "/p/nobody/", "/p/globex/transparency.jsonld"]] == [404] * 6


def test_everybody_may_find_it_and_nobody_else_is_asked(published):
    """PP9 as far as it holds for a public page: nothing of third parties, no guessing of types, no frame, no cookie."""
    answer = Client().get(PAGE, headers=ENGLISH)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Robots-Tag"] == "all"
    assert answer.cookies == {}
    assert re.findall(r'(?:src|<link[^>]*href)="(https?:[^"]*)"', answer.content.decode()) == []


def test_it_is_only_read(published):
    assert [Client().post(path).status_code for path in (PAGE, "/p/acme/transparency.jsonld", "/p/acme/versions/1/")] == [405] * 3


def test_the_trust_block_counts_requests_and_their_median_time(cast, published):
    """TP9."""
    start = trust_year(cast)
    with tenancy.scope(cast.acme):
        for number, days in enumerate((1, 3, 20, None), 1):
            asked(number, start, days)
        asked(5, start - timedelta(days=1), 2)  # last year
        asked(6, start, 1, status="dropped")
    shown = look()
    assert "This year 4 requests came in" in shown
    assert "Half had an answer within 3 days." in shown


def trust_year(cast):
    with tenancy.scope(cast.acme), timezone.override(cast.acme.zone):
        return trust.this_year()


def asked(number: int, at, days: int | None, **more) -> RightsRequest:
    decided = None if days is None else at + timedelta(days=days) - timedelta(minutes=1)
    return RightsRequest.objects.create(
        number=f"2026-{number:03}", kind="access", intake="portal", received_at=at, due_on=at.date(), decided_at=decided, **more
    )


def test_the_trust_block_shows_the_last_checkpoint_and_the_key_to_check_it_with(cast, published):
    """TP9: the published root is that of the log itself."""
    with tenancy.scope(cast.acme):
        tree.sequence()
        signed = tree.checkpoint()
        root = tree.root(signed.tree_size).hex()
        (name,) = [signing.verifier_key(one) for one in SigningKey.objects.all()]
    shown = look()
    assert f"{root[:8]}…{root[-8:]}" in shown
    assert signed.note in html.unescape(shown)
    assert name in html.unescape(shown)


def test_who_made_no_request_is_said_plainly(published):
    assert "This year nobody has asked" in look()


@pytest.mark.parametrize(("country", "name"), [("NL", "Autoriteit Persoonsgegevens"), ("BE", "Gegevensbeschermingsautoriteit")])
def test_the_authority_is_that_of_the_country(country, name):
    """Art. 77."""
    assert authorities.of(country).name == name
    assert authorities.of("XX").url.startswith("https://www.edpb.europa.eu")


def test_the_page_costs_the_same_however_much_there_is(cast, newsletter):
    publish_page(cast)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            look()
        return len(queries)

    with tenancy.scope(cast.acme):
        publish(next_draft(Purpose.objects.get(), kept_days=365), cast.ana)
    publish_page(cast)
    before = cost()
    with tenancy.scope(cast.acme):
        for number in range(6):
            publish(draft(f"more_{number}"), cast.ana)
    publish_page(cast)
    assert cost() == before


def test_colleagues_see_what_is_published_and_what_would_change(cast, ana, newsletter):
    first = ana.get(DESK, headers=ENGLISH).content.decode()
    assert "Nothing yet." in first
    assert ana.post(f"{DESK}publish/", {"seen": re.search(r'name="seen" value="(\w+)"', first)[1]}).status_code == 302
    assert "It would say the same." in ana.get(DESK, headers=ENGLISH).content.decode()
    with tenancy.scope(cast.acme):
        LegalIdentity.objects.update(city="Amsterdam")
    changed = ana.get(DESK, headers=ENGLISH).content.decode()
    assert "<ins>Organisation: Acme B.V., Oude Gracht 101, 3511 AB, Amsterdam" in changed


def test_drift_is_shown_to_colleagues(cast, ana, published):
    """TP4."""
    with tenancy.scope(cast.acme):
        sender(cast.ana, "more@acme.example")
    assert "The page is not true any more:" in ana.get(DESK, headers=ENGLISH).content.decode()


def test_bad_input_says_why(ana, published):
    assert ana.post(f"{DESK}publish/", {"seen": "x" * 65}).status_code == 422
    answer = ana.post(f"{DESK}publish/", {"seen": "0" * 64}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Nothing has changed" in answer.content.decode()


def test_a_viewer_looks_and_publishes_nothing(ben, newsletter):
    shown = ben.get(DESK, headers=ENGLISH)
    assert shown.status_code == 200
    assert "Publish this version" not in shown.content.decode()
    assert ben.post(f"{DESK}publish/", {"seen": "0" * 64}).status_code == 403


def test_a_stranger_finds_no_desk(mallory, newsletter):
    assert mallory.get(DESK).status_code == 404
    assert mallory.post(f"{DESK}publish/").status_code == 404


def test_the_desk_changes_nothing_by_looking(ana, newsletter):
    assert ana.post(DESK).status_code == 405
    assert ana.get(f"{DESK}publish/").status_code == 405


def test_a_version_of_another_form_is_still_shown(cast, ana):
    """TP2: permanent also when later versions hold more, or hold it otherwise."""
    with tenancy.scope(cast.acme):
        TransparencyVersion.objects.create(number=1, content={}, sha256="0" * 64, published_at=timezone.now())
    paths = [PAGE, "/p/acme/versions/1/", "/p/acme/transparency.jsonld", "/p/acme/versions/1.jsonld"]
    assert [Client().get(path).status_code for path in paths] == [200] * 4
    assert ana.get(DESK).status_code == 200

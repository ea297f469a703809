"""The register in pieces: the ready-made set, what is missing, what differs, and what may be published by whom."""

import json
from datetime import date

import pytest

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry, LegalIdentity
from consent import terms
from consent.ledger import reading, subjects
from consent.models import Notice, Purpose, PurposeVersion, State
from consent.register import comparing, completeness, content, drafts, listing, publishing, starting, wording
from consent.register.publishing import CannotPublish
from customers.models import PurposeDefault
from tests.consent.register_rows import draft, identity, next_draft, officer, publish
from tests.consent.rows import TEXTS, allow, customer

EPrivacy, Gdpr, Kind = PurposeVersion.EPrivacy, PurposeVersion.Gdpr, Purpose.Kind
WEIGHED = {"interest": "Selling.", "necessity": "No other way.", "balance": "They expect it."}
SOFT = {
    "eprivacy_basis": EPrivacy.SOFT_OPT_IN,
    "gdpr_basis": Gdpr.LEGITIMATE_INTEREST,
    "interest": WEIGHED,
    "similar_products": "Records",
    "valid_days": None,
}


def missing(**more) -> set[str]:
    return {fault.field for fault in completeness.faults(draft(**more))}


def test_the_usual_eight_are_whole_in_both_languages(cast, in_acme):
    """LB1, LB2, TP6, CR7: they can be published as they are."""
    identity()
    made = starting.draft(by=cast.ana, actor=SYSTEM)
    assert [one.key for one in made] == [
        *("newsletter", "offers", "service_messages", "personal_choice", "open_tracking", "click_tracking", "site_analytics", "research")
    ]
    versions = PurposeVersion.objects.select_related("purpose")
    assert {one.purpose.key: completeness.faults(one) for one in versions} == {one.key: [] for one in made}
    assert {tuple(sorted(one.texts)) for one in versions} == {("en-gb", "nl")}
    assert starting.draft(by=cast.ana, actor=SYSTEM) == []


def test_service_messages_rest_on_the_contract_and_ask_nothing(cast, in_acme):
    starting.draft(by=cast.ana, actor=SYSTEM)
    service = PurposeVersion.objects.get(purpose__key="service_messages")
    assert (service.eprivacy_basis, service.gdpr_basis, service.asks_consent) == ("not_needed", "contract", False)


def test_measuring_opens_is_apart_from_the_newsletter_and_from_clicks(cast, in_acme):
    """CNIL 2026-042: a separate consent."""
    starting.draft(by=cast.ana, actor=SYSTEM)
    kinds = dict(Purpose.objects.values_list("key", "kind"))
    assert (kinds["newsletter"], kinds["open_tracking"], kinds["click_tracking"]) == ("marketing", "tracking", "tracking")


@pytest.mark.parametrize("start", starting.USUAL, ids=lambda start: start.key)
def test_every_term_of_the_ready_made_set_exists(start):
    assert start.dpv_term in terms.PURPOSES
    assert set(start.data) <= terms.DATA.keys()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"texts": {"nl": TEXTS["nl"]}}, "texts"),  # TP6
        ({"texts": {**TEXTS, "nl": {**TEXTS["nl"], "withdrawal": " "}}}, "texts"),
        ({"dpv_term": "Selling"}, "dpv_term"),
        ({"channels": []}, "channels"),
        ({"data_categories": []}, "data_categories"),
        ({"data_categories": ["Everything"]}, "data_categories"),
        ({"sources": []}, "sources"),
        ({"eprivacy_basis": ""}, "eprivacy_basis"),  # LB2
        ({"gdpr_basis": ""}, "gdpr_basis"),  # LB2
        ({"eprivacy_basis": EPrivacy.NOT_NEEDED}, "eprivacy_basis"),  # marketing
        ({"kind": Kind.TRACKING, "eprivacy_basis": EPrivacy.NOT_NEEDED}, "eprivacy_basis"),
        ({"kind": Kind.PROFILING, "eprivacy_basis": EPrivacy.NOT_NEEDED, "gdpr_basis": Gdpr.CONTRACT}, "gdpr_basis"),
        ({"gdpr_basis": Gdpr.LEGITIMATE_INTEREST}, "interest"),  # LB3
        ({"gdpr_basis": Gdpr.LEGITIMATE_INTEREST, "interest": {**WEIGHED, "balance": ""}}, "interest"),
        ({**SOFT, "similar_products": ""}, "similar_products"),  # CC9
        ({**SOFT, "gdpr_basis": Gdpr.CONTRACT}, "gdpr_basis"),
        ({**SOFT, "kind": Kind.RESEARCH}, "eprivacy_basis"),
        ({**SOFT, "free_account_reason": "Because."}, "free_account_reason"),  # CC10
        ({"free_account_reason": "Left over."}, "free_account_reason"),
        ({"kept_days": None}, "kept_days"),  # RT1
        ({"valid_days": None}, "valid_days"),  # CR7
        ({"security": ""}, "security"),
        ({"owner": " "}, "owner"),
        ({"review_on": None}, "review_on"),
        ({"review_on": date(2020, 1, 1)}, "review_on"),
        ({"transfers": [{"country": "US", "safeguard": ""}]}, "transfers"),
    ],
)
def test_what_is_missing_is_named(in_acme, more, field):
    """LB1: one sentence, with its field."""
    identity()
    assert missing(**more) == {field}


@pytest.mark.parametrize(
    "more",
    [
        {},
        SOFT,
        {**SOFT, "free_account_reason": "The account is paid with advertising in it: counsel agrees, see file 12."},
        {"kept_days": None, "kept_reason": "As long as the law asks."},
        {"kind": Kind.SERVICE, "eprivacy_basis": EPrivacy.NOT_NEEDED, "gdpr_basis": Gdpr.CONTRACT, "valid_days": None},
        {"kind": Kind.PROFILING, "eprivacy_basis": EPrivacy.NOT_NEEDED, "gdpr_basis": Gdpr.CONSENT},
        {"transfers": [{"country": "US", "safeguard": "Standard clauses"}]},
    ],
)
def test_what_is_whole_may_be_published(in_acme, more):
    identity()
    assert missing(**more) == set()


def test_customers_must_be_able_to_read_who_it_is(in_acme):
    """Art. 13(1)(a)."""
    assert missing() == {"identity"}
    identity()
    LegalIdentity.objects.update(city=" ")
    assert {fault.field for fault in completeness.faults(PurposeVersion.objects.get())} == {"identity"}


def test_publishing_puts_in_force_hashes_logs_and_lays_out(cast, in_acme):
    """LB5: the version stands in the log, under the tenant's own subject, without a name."""
    identity()
    version = publish(draft(by=cast.ana), cast.ana)
    purpose = Purpose.objects.get()
    assert (purpose.version, version.number, version.published_by) == (version, 1, cast.ana)
    assert version.sha256 == content.sha256(content.of_version(version))
    (event,) = reading.of_subjects([subjects.of_tenant()])
    assert event.fields["kind"] == "purpose_version"
    assert (event.fields["purpose"], event.fields["version"], event.fields["sha256"]) == ("newsletter", "1", version.sha256)
    assert "Ana" not in json.dumps(event.fields)
    assert list(PurposeDefault.objects.values_list("purpose", "shows_everybody")) == [("newsletter", False)]
    assert set(Notice.objects.values_list("language", flat=True)) == {"nl", "en-gb"}
    assert AuditEntry.objects.filter(action="purpose.published").count() == 1


def test_incomplete_is_not_published(cast, in_acme):
    with pytest.raises(CannotPublish) as refused:
        publish(draft(owner=""), cast.ana)
    assert {fault.field for fault in refused.value.faults} == {"owner", "identity"}
    assert Purpose.objects.get().version is None


def test_who_wrote_a_draft_does_not_publish_it_alone(cast, in_acme):
    """LB5 (ASVS 2.3.5)."""
    identity()
    olga = officer()
    made = draft(by=cast.ana)
    with pytest.raises(CannotPublish, match="colleague"):
        publish(made, cast.ana)
    assert publish(made, olga).published_by == olga


def test_who_changes_a_draft_last_counts_as_its_maker(cast, in_acme):
    """LB5: taking over a draft and publishing it would be one pair of eyes."""
    identity()
    olga = officer()
    made = draft(by=cast.ana)
    before = content.of_version(made)
    made.owner = "Olga"
    drafts.save(made, before, by=olga, actor=SYSTEM)
    with pytest.raises(CannotPublish, match="colleague"):
        publish(made, olga)
    assert publish(made, cast.ana)


def test_a_team_of_one_may_and_is_not_asked_for_another(cast, in_acme):
    assert not publishing.needs_two()
    officer()
    assert publishing.needs_two()


def test_what_was_not_looked_at_is_not_published(cast, in_acme):
    identity()
    made = draft(by=cast.ana)
    seen = publishing.seal_of(made)
    PurposeVersion.objects.update(security="Nobody cares.")
    with pytest.raises(CannotPublish, match="changed"):
        publishing.publish(made.purpose, seen, is_material=False, by=cast.ana, actor=SYSTEM)


def test_a_second_publication_of_the_same_draft_finds_none(cast, in_acme):
    identity()
    made = draft(by=cast.ana)
    publish(made, cast.ana)
    with pytest.raises(CannotPublish, match="no draft"):
        publish(made, cast.ana)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFUSED, State.OBJECTED])
def test_consent_is_not_swapped_for_another_ground_after_a_no(cast, in_acme, state):
    """PL8 (EDPB 05/2020 §§121-123)."""
    identity()
    purpose = publish(draft(), cast.ana).purpose
    allow(customer(), purpose, state=state)
    with pytest.raises(CannotPublish, match="new purpose"):
        publish(next_draft(purpose, **SOFT), cast.ana)


def test_a_ground_may_change_while_nobody_said_no(cast, in_acme):
    """PL8 says nothing of those who said yes: they are told."""
    identity()
    purpose = publish(draft(), cast.ana).purpose
    allow(customer(), purpose)
    assert publish(next_draft(purpose, **SOFT), cast.ana).number == 2


def test_a_published_version_never_changes(cast, in_acme):
    """CR2, LB1: the database refuses."""
    identity()
    version = publish(draft(), cast.ana)
    with pytest.raises(Exception, match="never changed"), tenancy.scope(in_acme):
        PurposeVersion.objects.filter(pk=version.pk).update(security="Less.")


def test_a_next_version_begins_as_what_is_in_force(cast, in_acme):
    identity()
    purpose = publish(draft(), cast.ana).purpose
    purpose.refresh_from_db()
    begun = drafts.begin(purpose)
    assert (begun.pk, begun.number, begun.is_material) == (None, 2, False)
    assert comparing.difference(purpose.version, begun) == ([], [])


def test_two_versions_differ_in_words(cast, in_acme):
    identity()
    purpose = publish(draft(), cast.ana).purpose
    after = next_draft(
        purpose, kept_days=365, data_categories=["EmailAddress"], recipients=[{"name": "Mailhuis", "role": "sends", "country": "NL"}]
    )
    removed, added = comparing.difference(Purpose.objects.get().version, after)
    assert removed == ["Data: Name", "Data kept for (days): 730"]
    assert added == ["Also seen by: Mailhuis, sends, NL", "Data kept for (days): 365"]


@pytest.mark.parametrize(
    ("more", "reaches"),
    [
        ({}, False),
        ({"security": "Better."}, False),
        ({"data_categories": ["EmailAddress"]}, False),
        ({"kept_days": 30}, False),
        ({"kept_days": 3_000}, True),
        ({"kept_days": None, "kept_reason": "Always."}, True),
        ({"data_categories": ["EmailAddress", "Name", "Purchase"]}, True),
        ({"recipients": [{"name": "Mailhuis"}]}, True),
        ({"dpv_term": "PersonalisedAdvertising"}, True),
        ({"gdpr_basis": Gdpr.CONTRACT}, True),
    ],
)
def test_what_is_more_than_words_is_said(cast, in_acme, more, reaches):
    """TP7: a yes to less is not a yes to more."""
    identity()
    purpose = publish(draft(), cast.ana).purpose
    assert bool(comparing.reaches_further(Purpose.objects.get().version, next_draft(purpose, **more))) is reaches


def test_a_purpose_that_is_put_away_shows_nobody(cast, in_acme):
    identity()
    purpose = publish(draft(), cast.ana).purpose
    publishing.archive(purpose, is_archived=True, actor=SYSTEM)
    assert not PurposeDefault.objects.exists()
    publishing.archive(purpose, is_archived=False, actor=SYSTEM)
    assert PurposeDefault.objects.get().purpose == "newsletter"


def test_the_list_counts_who_may_be_used(cast, in_acme):
    identity()
    asked = publish(draft(), cast.ana).purpose
    service = {"kind": Kind.SERVICE, "eprivacy_basis": EPrivacy.NOT_NEEDED, "gdpr_basis": Gdpr.CONTRACT, "valid_days": None}
    free = publish(draft("service", **service), cast.ana).purpose
    ada, bob, _eve = customer("ada@example.com"), customer("bob@example.com"), customer("eve@example.com")
    allow(ada, asked)
    allow(bob, asked, state=State.REFUSED)
    allow(bob, free, state=State.OBJECTED)
    assert listing.customers() == {"newsletter": 1, "service": 2}


@pytest.mark.parametrize(
    ("days", "words"),
    [(730, "2 years"), (365, "1 year"), (180, "6 months"), (30, "30 days"), (1, "1 day"), (400, "400 days"), (None, "No end")],
)
def test_a_number_of_days_is_said_as_people_do(days, words):
    assert wording.days(days) == words


def test_the_order_in_which_the_database_keeps_an_object_is_no_difference():
    one = {"name": "Acme B.V.", "city": "Utrecht", "street": "Gracht 1"}
    assert comparing.in_words(one) == comparing.in_words(dict(reversed(one.items()))) == "Acme B.V., Gracht 1, Utrecht"

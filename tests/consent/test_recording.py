"""What may stand in the log, and what the state becomes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tenancy
from consent import choices, notices, recording
from consent.ledger import reading
from consent.models import ConsentState, Hold, PurposeVersion, State, Subject
from consent.proof import CannotRecord, Sale
from consent.recording import Choice
from customers import merging
from tests.consent import rows


@pytest.fixture
def ada(in_acme):
    return rows.customer()


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


def state(who, what, channel="email") -> str:
    return ConsentState.objects.get(customer=who, purpose=what, channel=channel).state


def said(who) -> list[str]:
    ids = Subject.objects.filter(customer_id=who.pk).values_list("pk", flat=True)
    return [each.fields["state"] for each in reading.of_subjects(ids) if "state" in each.fields]


def refusal(code: str):
    return pytest.raises(CannotRecord, check=lambda error: error.code == code)


def test_each_word_is_an_event_of_its_own_cr1(ada, newsletter):
    rows.allow(ada, newsletter)
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    rows.allow(ada, newsletter)
    assert said(ada) == ["given", "withdrawn", "given"]
    assert state(ada, newsletter) == "given"


def test_the_event_pins_what_was_shown_cr2(ada, newsletter):
    shown = notices.shown(newsletter.version, "nl")
    rows.allow(ada, newsletter, notices={"newsletter": shown})
    rows.next_version(newsletter, texts={"nl": {"title": "Anders", "text": "t", "label": "l", "withdrawal": "w"}})
    then = choices.history(ada.pk)[0].fields
    assert choices.notice("newsletter", then["notice_sha256"]).text == shown.text
    assert "Nieuws over platen." in shown.text
    assert "Anders" not in shown.text


def test_a_form_without_its_version_is_no_proof_cr3(ada, newsletter):
    with refusal("no_form"):
        rows.allow(ada, newsletter, form_version="")


def test_three_purposes_are_three_events_and_one_can_go_cr4(ada, newsletter):
    others = [rows.purpose("offers"), rows.purpose("research")]
    asked = [Choice(ada.pk, each, "email", State.GIVEN) for each in (newsletter, *others)]
    assert len(recording.record(asked, rows.proof())) == 3
    rows.allow(ada, others[0], state=State.WITHDRAWN)
    assert [state(ada, each) for each in (newsletter, *others)] == ["given", "withdrawn", "given"]


def test_an_import_without_proof_is_not_a_yes_cr5(ada, newsletter):
    rows.allow(ada, newsletter, method="import", form_version="")
    assert state(ada, newsletter) == "unknown"
    rows.allow(ada, newsletter, method="import", form_version="", evidence_sha256="ab" * 32)
    assert state(ada, newsletter) == "given"


def test_a_consent_from_the_future_is_refused_cr6(ada, newsletter):
    with refusal("future"):
        rows.allow(ada, newsletter, occurred_at=timezone.now() + timedelta(days=1))


def test_a_consent_ends_cr7(ada, newsletter):
    rows.allow(ada, newsletter, occurred_at=timezone.now() - timedelta(days=800))
    stood = ConsentState.objects.get()
    assert stood.until == stood.since + timedelta(days=730)
    assert recording.expire([stood]) == 1
    assert recording.expire([ConsentState.objects.get()]) == 0
    assert said(ada) == ["given", "expired"]


@pytest.mark.parametrize(
    "more",
    [
        {"method": "import", "form_version": ""},
        {"method": "api", "form_version": ""},
        {"indicated_by": "staff"},
        {"method": "import", "evidence_sha256": "ab" * 32, "occurred_at": timezone.now() - timedelta(days=3)},
    ],
)
def test_a_no_is_not_turned_without_a_newer_yes_of_their_own_cc7(ada, newsletter, more):
    rows.allow(ada, newsletter, state=State.WITHDRAWN, occurred_at=timezone.now() - timedelta(days=1))
    with refusal("not_newer"):
        rows.allow(ada, newsletter, **more)
    assert state(ada, newsletter) == "withdrawn"
    rows.allow(ada, newsletter)
    assert state(ada, newsletter) == "given"


def test_a_question_takes_no_word_back_cc7(ada, newsletter):
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    rows.allow(ada, newsletter, state=State.REQUESTED)
    assert state(ada, newsletter) == "withdrawn"


def test_nobody_is_asked_again_within_six_months_cc8(ada, newsletter):
    rows.allow(ada, newsletter, state=State.REFUSED)
    with refusal("asked_lately"):
        rows.allow(ada, newsletter, state=State.REQUESTED, indicated_by="system", method="mail")


SALE = {"reference": "order 7", "product": "records", "is_paid": True, "opt_out_offered": "box in the basket", "by_same_entity": True}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reference": ""}, "no_sale"),
        ({"opt_out_offered": ""}, "no_sale"),
        ({"by_same_entity": False}, "no_sale"),
        ({"product": "shoes"}, "other_product"),
        ({"is_paid": False}, "not_paid"),
    ],
)
def test_a_soft_opt_in_stands_on_every_leg_cc9_cc10(ada, change, code):
    soft = PurposeVersion.EPrivacy.SOFT_OPT_IN
    own = rows.purpose("own_customers", eprivacy_basis=soft, gdpr_basis="legitimate_interest", similar_products="records")
    with refusal(code):
        rows.allow(ada, own, method="sale", sale=Sale(**{**SALE, **change}))
    rows.allow(ada, own, method="sale", sale=Sale(**SALE))
    assert ConsentState.objects.get().basis == "soft_opt_in"


def test_a_child_needs_a_parent_cc12(in_acme, newsletter):
    young = rows.customer("kim@example.com", birthday=f"{timezone.now().year - 12}-01-01")
    with refusal("under_age"):
        rows.allow(young, newsletter)
    rows.allow(young, newsletter, indicated_by="parent")
    assert state(young, newsletter) == "given"


def test_an_unconfirmed_form_is_refused_where_confirmation_is_asked_cc3(ada):
    careful = rows.purpose("careful", needs_confirmation=True)
    with refusal("unconfirmed"):
        rows.allow(ada, careful)
    rows.allow(ada, careful, confirm_message_id="<1@acme>")
    assert state(ada, careful) == "given"


def test_the_same_no_twice_is_one_event_dl2(ada, newsletter):
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    assert said(ada) == ["withdrawn"]


def test_stopping_everything_covers_what_may_come_ds12(ada, newsletter):
    service = rows.purpose("service", kind="service", eprivacy_basis="not_needed", gdpr_basis="contract")
    rows.allow(ada, newsletter)
    recording.stop_everything(ada.pk, rows.proof(method="portal"))
    later = rows.purpose("later", kind="marketing", eprivacy_basis="not_needed", gdpr_basis="legitimate_interest")
    answers = {line.purpose.key: line.lines[0].is_allowed for line in choices.of_customer(ada.pk)}
    assert answers == {"newsletter": False, service.key: True, later.key: False}
    rows.allow(ada, newsletter)
    assert not Hold.objects.exists()
    assert state(ada, newsletter) == "given"


def test_a_no_reaches_every_row_of_a_customer_and_stays_after_an_unmerge(cast, ada, newsletter):
    other = rows.customer("ada@work.example")
    rows.allow(ada, newsletter)
    rows.allow(other, newsletter)
    link = merging.merge(other, ada, by=cast.ana)
    rows.allow(ada, newsletter, state=State.WITHDRAWN)
    merging.unmerge(link, by=cast.ana)
    assert (state(ada, newsletter), state(other, newsletter)) == ("withdrawn", "withdrawn")


def test_a_batch_takes_what_it_may_and_names_the_rest(ada, newsletter):
    asked = [
        Choice(ada.pk, newsletter, "email", State.GIVEN),
        Choice(ada.pk, newsletter, "sms", State.GIVEN),
        Choice(10**9, newsletter, "email", State.GIVEN),
    ]
    outcome = recording.record_all(asked, rows.proof())
    assert len(outcome.event_ids) == 1
    assert [each.code for each in outcome.refused] == ["not_offered", "no_customer"]


def test_another_tenant_sees_nothing_of_it(cast, ada, newsletter):
    rows.allow(ada, newsletter)
    assert tenancy.current() == cast.acme
    assert ConsentState.objects.count() == 1

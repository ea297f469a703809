"""The queue of the privacy officer, and each answer (DS1, DS11, DS12; GDPR Art. 12)."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from accounts.team import join
from consent.models import AccessPackage, RightsRequest
from consent.rights import queue, requests
from customers.models import Customer
from tests.accounts import post
from tests.conftest import make_user, signed_in
from tests.consent import rows
from tests.consent.rights_rows import Intake, Kind, ask

pytestmark = pytest.mark.django_db
LIST = "/t/acme/rights-requests/"
NEW = LIST + "new/"
Status = RightsRequest.Status
ACTS = ("carry-out", "refuse", "extend", "announce")
POSTED = ("lift", "drop")


@pytest.fixture
def ada(in_acme):
    return rows.customer(name="Ada Lovelace")


@pytest.fixture
def asked(ada):
    return ask(ada)


@pytest.fixture
def analyst(cast):
    tess = make_user("Tess", "tess@acme.example")
    with tenancy.scope(cast.acme):
        join(tess, roles=["analyst"], actor=SYSTEM)
    return signed_in(tess)


def at(request: RightsRequest, act: str = "") -> str:
    return f"{LIST}{request.public_id}/{act}/" if act else f"{LIST}{request.public_id}/"


def due(request: RightsRequest, days: int) -> RightsRequest:
    RightsRequest.objects.filter(pk=request.pk).update(due_on=queue._today() + timedelta(days=days))
    request.refresh_from_db()
    return request


def page(browser, path: str) -> str:
    return browser.get(path).content.decode()


def test_the_queue_shows_what_is_due_first(ana, ada):
    later, sooner = due(ask(ada, Kind.RECTIFY, text="a"), 20), due(ask(ada, Kind.RECTIFY, text="b"), 1)
    text = page(ana, LIST)
    assert text.index(sooner.number) < text.index(later.number)
    assert "Due tomorrow" in text
    assert "20 days left" in text
    assert "Ada Lovelace" in text


@pytest.mark.parametrize(
    ("days", "kind", "word"),
    [
        (-3, "refused", "3 days late"),
        (0, "expired", "Due today"),
        (1, "expired", "Due tomorrow"),
        (7, "expired", "7 days left"),
        (8, "unknown", "8 days left"),
    ],
)
def test_each_state_has_its_word_and_colour(ada, days, kind, word):
    state = queue.state(due(ask(ada), days), queue._today())
    assert (state.kind, state.word) == (kind, word)


def test_the_tiles_count_what_waits_and_what_was_answered_ds1(ana, ada):
    due(ask(ada, Kind.RECTIFY, text="a"), -1)
    due(ask(ada, Kind.RECTIFY, text="b"), 3)
    ask(ada, Kind.RESTRICT)
    late = ask(ada, Kind.RECTIFY, text="c", at=timezone.now() - timedelta(days=50))
    requests.carry_out(late, actor=SYSTEM)
    tiles = queue.tiles()
    assert (tiles.open, tiles.late, tiles.soon, tiles.answered_late) == (2, 1, 1, 1)
    assert tiles.answered in (1, 2)
    assert "1 too late" in page(ana, LIST)


def test_answered_ones_stand_apart(ana, ada):
    open_, done = ask(ada), ask(ada, Kind.RESTRICT)
    assert done.number not in page(ana, LIST)
    assert open_.number not in page(ana, LIST + "?show=done")
    assert page(ana, LIST + "?show=all").count('class="sub"') == 2


def test_many_answered_ones_come_in_pages(ana, ada):
    now = timezone.now()
    values = {"customer_id": ada.pk, "kind": "access", "intake": "mail", "status": "done", "received_at": now, "due_on": now.date()}
    RightsRequest.objects.bulk_create([RightsRequest(number=f"2020-{n:03}", decided_at=now, **values) for n in range(60)])
    text = page(ana, LIST + "?show=done")
    assert text.count('class="sub"') == 50
    assert "before=" in text


def test_the_list_asks_as_often_for_many_as_for_one(ana, ada, django_assert_max_num_queries):
    for number in range(20):
        ask(ada, Kind.RECTIFY, text=str(number))
    with django_assert_max_num_queries(18):
        ana.get(LIST)


def test_nothing_yet_says_what_comes_here(ana, in_acme):
    assert "Nothing waits for an answer" in page(ana, LIST)


def test_who_may_not_see_customers_sees_no_name_and_no_words(analyst, ada):
    asked = ask(ada, Kind.RECTIFY, about="How you buy", text="My aunt bought it.")
    for path in (LIST, at(asked)):
        text = page(analyst, path)
        assert asked.number in text
        assert "Ada" not in text
        assert "aunt" not in text
        assert "How you buy" not in text


def test_one_shows_its_steps_and_what_may_be_done(ana, asked):
    text = page(ana, at(asked))
    for words in ("Address confirmed with a code", "Carry out", "Refuse", "Extend by two months", "Ada Lovelace"):
        assert words in text, words


def test_what_came_by_mail_asks_to_look_who_it_is_without_a_card_ds2(ana, ada):
    assert "never by an identity card" in page(ana, at(ask(ada, intake=Intake.MAIL)))


def test_an_erasure_is_confirmed_carried_out_and_certified_ds8(ana, ada, asked):
    assert "cannot come back" in page(ana, at(asked, "carry-out"))
    assert Customer.objects.exists()
    assert ana.post(at(asked, "carry-out")).status_code == 302
    assert not Customer.objects.exists()
    text = page(ana, at(asked))
    assert "Certificate" in text
    assert "The customer is removed." in text


def test_twice_is_told_that_it_was_answered(ana, asked):
    ana.post(at(asked, "carry-out"))
    answer = ana.post(at(asked, "carry-out"), follow=True)
    assert "This request was answered already." in answer.content.decode()


def test_a_refusal_takes_a_reason_and_mails_it_ds1(ana, asked):
    assert ana.post(at(asked, "refuse"), {"reason": ""}).status_code == 422
    assert ana.post(at(asked, "refuse"), {"reason": "We owe you an invoice."}).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by.email) == (Status.REFUSED, "ana@acme.example")
    assert "We owe you an invoice." in post.text_of(post.last())
    entry = AuditEntry.objects.get(action=AuditEntry.Action.REQUEST_DECIDED)
    assert entry.actor_name == "Ana Bakker"


def test_an_objection_to_marketing_has_no_way_to_be_refused_ds12(ana, ada):
    rows.purpose()
    done = ask(ada, Kind.OBJECT)
    RightsRequest.objects.filter(pk=done.pk).update(status=Status.OPEN)
    assert "/refuse/" not in page(ana, at(done))
    answer = ana.post(at(done, "refuse"), {"reason": "No."})
    assert answer.status_code == 422
    assert "cannot be refused" in answer.content.decode()


def test_an_extension_is_told_and_happens_once_ds1(ana, asked):
    before = asked.due_on
    assert ana.post(at(asked, "extend"), {"reason": "It is a lot."}).status_code == 302
    asked.refresh_from_db()
    assert asked.due_on > before
    assert "/extend/" not in page(ana, at(asked))
    assert ana.post(at(asked, "extend"), {"reason": "More."}).status_code == 422


def test_after_a_month_there_is_no_extending_ds1(ana, ada):
    late = ask(ada, Kind.RECTIFY, text="x", at=timezone.now() - timedelta(days=40))
    assert "/extend/" not in page(ana, at(late))
    assert ana.post(at(late, "extend"), {"reason": "Late."}).status_code == 422


def test_a_restriction_is_lifted_after_telling_ds11(ana, ada):
    done = ask(ada, Kind.RESTRICT)
    assert "Lift the restriction" not in page(ana, at(done))
    assert "Tell the customer first" in ana.post(at(done, "lift"), follow=True).content.decode()
    assert ana.post(at(done, "announce"), {"reason": "We have checked it."}).status_code == 302
    assert "can be lifted from" in page(ana, at(done))
    RightsRequest.objects.filter(pk=done.pk).update(outcome={"lift_told_at": (timezone.now() - requests.TOLD_BEFORE).isoformat()})
    assert "Lift the restriction" in page(ana, at(done))
    ana.post(at(done, "lift"))
    done.refresh_from_db()
    assert "lifted_at" in done.outcome


def test_what_is_taken_back_is_closed(ana, asked):
    ana.post(at(asked, "drop"))
    asked.refresh_from_db()
    assert asked.status == Status.DROPPED


def test_one_that_came_by_mail_is_recorded_with_the_day_it_came_ds1(ana, ada):
    assert "Ada Lovelace" in page(ana, NEW + "?q=ada@example.com")
    on = (timezone.now() - timedelta(days=5)).date()
    said = {"kind": "access", "intake": "mail", "received_on": on.isoformat(), "text": "Send me everything."}
    answer = ana.post(f"{NEW}?customer={ada.public_id}", said)
    made = RightsRequest.objects.get()
    assert answer.url == at(made)
    assert (made.received_at.astimezone(tenancy.current().zone).date(), made.intake, made.identity_proven_at) == (on, "mail", None)
    assert "Send me everything." in page(ana, at(made))
    assert AuditEntry.objects.get(action=AuditEntry.Action.REQUEST_RECORDED).actor_name == "Ana Bakker"


@pytest.mark.parametrize(
    "bad",
    [{"kind": "nonsense"}, {"intake": "portal"}, {"received_on": "2999-01-01"}, {"received_on": "2001-01-01"}, {"received_on": "x"}],
)
def test_what_makes_no_sense_is_not_recorded(ana, ada, bad):
    said = {"kind": "access", "intake": "mail", "received_on": timezone.now().date().isoformat(), "text": ""}
    assert ana.post(f"{NEW}?customer={ada.public_id}", {**said, **bad}).status_code == 422
    assert not RightsRequest.objects.exists()


def test_nobody_is_asked_for_a_file_ds2(ana, ada):
    assert 'type="file"' not in page(ana, f"{NEW}?customer={ada.public_id}")


@pytest.mark.parametrize("query", ["?customer=nonsense", "?customer=0000000000000", "?q=nobody"])
def test_who_is_not_there_cannot_ask(ana, ada, query):
    assert ana.get(NEW + query).status_code == 200


def test_a_colleague_who_may_export_reads_the_package_and_it_is_written_down_ds6(ana, ben, ada):
    request = ask(ada, Kind.ACCESS)
    name = default_storage.save("packages/x.zip", ContentFile(b"PK"))
    AccessPackage.objects.update(file=name, made_at=timezone.now(), items=3)
    assert ben.post(at(request, "package")).status_code == 403
    assert b"".join(ana.post(at(request, "package")).streaming_content) == b"PK"
    assert AuditEntry.objects.get(action=AuditEntry.Action.PACKAGE_DOWNLOADED).after == {"by": "colleague"}
    default_storage.delete(name)
    assert ana.post(at(request, "package")).status_code == 404


def test_a_package_that_failed_is_made_again_by_carrying_out(ana, ada):
    request = ask(ada, Kind.ACCESS)
    AccessPackage.objects.update(error="OSError")
    assert "Making the package failed: OSError" in page(ana, at(request))
    ana.post(at(request, "carry-out"))
    assert AccessPackage.objects.get().error == ""


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_answers_nothing(ben, asked, act):
    assert ben.get(at(asked)).status_code == 200
    assert "/carry-out/" not in page(ben, at(asked))
    assert ben.get(at(asked, act)).status_code == 403
    assert ben.get(NEW).status_code == 403


@pytest.mark.parametrize("act", POSTED)
def test_a_viewer_posts_nothing(ben, ana, asked, act):
    assert ben.post(at(asked, act)).status_code == 403
    assert ana.get(at(asked, act)).status_code == 405


@pytest.mark.parametrize("act", ("", *ACTS))
def test_a_stranger_finds_nothing(mallory, asked, act):
    assert mallory.get(at(asked, act)).status_code == 404


def test_looking_changes_nothing(ana, asked):
    for act in ACTS:
        ana.get(at(asked, act))
    asked.refresh_from_db()
    assert asked.status == Status.OPEN
    assert ana.post(LIST).status_code == 405
    assert ana.post(at(asked)).status_code == 405

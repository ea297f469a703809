"""What customers ask on their own pages: item by item, and of everything at once (DS1, DS2, DS6, DS12, DS13; GDPR Art. 15 to 21)."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import AuditEntry
from consent import choices, gate
from consent.models import AccessPackage, Hold, Reason, RightsRequest
from consent.rights import correcting, requests
from customers import intake
from customers.identity import claims
from customers.intake import Item
from customers.models import Attribute, Customer, Identifier, Segment, SegmentMember, SegmentVersion, Source, SourceRecord
from tests.consent import portal_rows, rows
from tests.consent.portal_rows import form_key, proved
from tests.consent.rights_rows import Intake, Kind, ask

pytestmark = pytest.mark.django_db
ME = "/p/acme/me/"
Status = RightsRequest.Status
VIEWED = ["correct/?what=city", "forget/?what=city", "wrong/?what=scores", "object/?what=scores", "requests/", "requests/erase/"]


@pytest.fixture
def newsletter(in_acme):
    return rows.purpose()


@pytest.fixture
def ada(newsletter):
    ada = rows.customer(city="Arnhem", birthday="1984-12-31", spent=1250)
    for key, type_, more in (
        ("email", "text", {}),
        ("city", "text", {}),
        ("birthday", "date", {}),
        ("spent", "money", {"currency": "EUR"}),
        ("genre", "choice", {"options": ["Jazz", "Soul"]}),
    ):
        Attribute.objects.create(key=key, label=key.title(), type=type_, **more)
    SourceRecord.objects.create(
        customer=ada,
        source=rows.source(),
        values={"email": "ada@example.com", "city": "Arnhem", "birthday": "1984-12-31", "spent": 1250, "genre": "Soul"},
        earlier={"city": [["Zutphen", timezone.now().isoformat()]]},
        undeclared={"shoe": "41"},
        said_at=timezone.now(),
    )
    Customer.objects.filter(pk=ada.pk).update(attributes={**ada.attributes, "genre": "Soul"})
    return ada


@pytest.fixture
def browser(ada) -> Client:
    return proved(ada)


def post(browser: Client, path: str, **said):
    return browser.post(ME + path, {"form_key": form_key(browser), **said})


def now(customer: Customer) -> dict:
    return Customer.objects.get(pk=customer.pk).attributes


def page(browser: Client, path: str) -> str:
    return browser.get(ME + path, headers={"accept-language": "en-GB"}).content.decode()


def group(customer: Customer, purpose: str = "") -> str:
    segment = Segment.objects.create(name="Jazz lovers", version=1, purpose=purpose)
    SegmentVersion.objects.create(segment=segment, number=1, rule={}, says={"en-gb": "ordered jazz"})
    SegmentMember.objects.create(segment=segment, customer=customer, since=timezone.now())
    return f"segment-{segment.public_id}"


def package(request: RightsRequest, **more) -> AccessPackage:
    name = default_storage.save("packages/test.zip", ContentFile(b"PK everything"))
    values = {"file": name, "made_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=14), **more}
    return AccessPackage.objects.create(request=request, customer_id=request.customer_id, **values)


def test_each_item_has_its_buttons(browser, ada):
    what = group(ada)
    text = page(browser, "held/")
    for link in ("correct/?what=city", "forget/?what=city", "forget/?what=shoe", f"wrong/?what={what}", f"object/?what={what}"):
        assert link in text, link
    assert "correct/?what=shoe" not in text


def test_what_a_customer_corrects_counts_at_once_and_says_who_said_so(browser, ada):
    answer = post(browser, "correct/?what=city", value=" Nijmegen ")
    assert answer.status_code == 302
    assert now(ada)["city"] == "Nijmegen"
    assert "yourself, on these pages" in page(browser, "held/")
    done = RightsRequest.objects.get()
    assert (done.kind, done.status, done.intake) == (Kind.RECTIFY, Status.DONE, Intake.PORTAL)
    assert done.identity_proven_at


def test_what_they_say_themselves_is_not_overruled_by_a_source(browser, ada):
    post(browser, "correct/?what=city", value="Nijmegen")
    portal = Source.objects.get(slug=correcting.SLUG)
    assert (portal.priority, portal.is_open) == (0, False)
    said = Item((claims.email("ada@example.com"),), timezone.now(), {"city": "Arnhem"})
    intake.take([said], rows.source(), received_at=timezone.now())
    assert now(ada)["city"] == "Nijmegen"


@pytest.mark.parametrize(
    ("key", "typed", "stored"), [("birthday", "1985-01-02", "1985-01-02"), ("spent", "12,75", 1275), ("genre", "Jazz", "Jazz")]
)
def test_each_type_is_kept_in_its_own_form(browser, ada, key, typed, stored):
    assert post(browser, f"correct/?what={key}", value=typed).status_code == 302
    assert now(ada)[key] == stored


@pytest.mark.parametrize(
    ("key", "typed"), [("birthday", "31-02-1984"), ("city", ""), ("city", "x" * 1001), ("spent", "twelve"), ("genre", "Polka")]
)
def test_what_is_no_such_value_says_why(browser, ada, key, typed):
    before = now(ada)
    assert post(browser, f"correct/?what={key}", value=typed).status_code == 422
    assert now(ada) == before
    assert not RightsRequest.objects.exists()


def test_an_address_is_looked_at_by_a_colleague_first(browser, ada):
    post(browser, "correct/?what=email", value="Ada@New.example")
    asked = RightsRequest.objects.get()
    assert (asked.status, asked.detail["value"]) == (Status.OPEN, "ada@new.example")
    assert now(ada)["email"] == "ada@example.com"
    requests.carry_out(asked, actor=SYSTEM)
    assert Customer.objects.get(pk=ada.pk).email == "ada@new.example"
    assert list(Identifier.objects.values_list("value", flat=True)) == ["ada@new.example"]


def test_an_address_of_somebody_else_is_not_taken(browser, ada):
    rows.customer("bob@example.com", name="Bob")
    post(browser, "correct/?what=email", value="bob@example.com")
    with pytest.raises(requests.CannotDo):
        requests.carry_out(RightsRequest.objects.get(), actor=SYSTEM)


@pytest.mark.parametrize("key", ["city", "shoe"])
def test_what_is_deleted_goes_from_what_every_source_said(browser, ada, key):
    assert "comes back" in page(browser, f"forget/?what={key}")
    assert post(browser, f"forget/?what={key}").status_code == 302
    record = SourceRecord.objects.get()
    assert key not in {**record.values, **record.earlier, **record.undeclared}
    assert key not in now(ada)


def test_a_group_with_a_purpose_is_objected_to_at_once_ds12(browser, ada, newsletter):
    rows.allow(ada, newsletter)
    what = group(ada, "newsletter")
    assert "Newsletter" in page(browser, f"object/?what={what}")
    post(browser, f"object/?what={what}")
    assert gate.ask([ada.pk], newsletter, "email")[ada.pk].reason == Reason.WITHDRAWN
    assert RightsRequest.objects.get().status == Status.DONE


def test_a_group_for_ourselves_is_looked_at_and_nothing_is_used_meanwhile_ds13(browser, ada):
    post(browser, f"object/?what={group(ada)}")
    assert RightsRequest.objects.get().status == Status.OPEN
    assert Hold.Kind.RESTRICTED in choices.holds(ada.pk)


def test_that_is_not_right_goes_to_a_colleague_with_their_words(browser, ada):
    what = group(ada)
    assert post(browser, f"wrong/?what={what}", text="").status_code == 422
    post(browser, f"wrong/?what={what}", text="I bought it for my aunt.")
    asked = RightsRequest.objects.get()
    assert (asked.kind, asked.status, asked.detail["text"]) == (Kind.RECTIFY, Status.OPEN, "I bought it for my aunt.")


@pytest.mark.parametrize(("kind", "hold"), [("restrict", Hold.Kind.RESTRICTED), ("object", Hold.Kind.OBJECTED)])
def test_restricting_and_objecting_work_at_once(browser, ada, kind, hold):
    post(browser, f"requests/ask/{kind}/")
    assert hold in choices.holds(ada.pk)
    assert portal_rows.logged(ada)[-1]["method"] == "portal"


def test_a_restriction_ends_when_they_say_so(browser, ada):
    post(browser, "requests/ask/restrict/")
    assert "You may use my data again" in page(browser, "requests/")
    post(browser, "requests/unrestrict/")
    assert Hold.Kind.RESTRICTED not in choices.holds(ada.pk)


def test_deleting_everything_is_explained_asked_for_and_queued(browser, ada):
    text = page(browser, "requests/erase/")
    assert "What goes" in text
    assert "What stays" in text
    post(browser, "requests/erase/")
    asked = RightsRequest.objects.get()
    assert (asked.kind, asked.status) == (Kind.ERASE, Status.OPEN)
    assert Hold.Kind.RESTRICTED in choices.holds(ada.pk)
    post(browser, f"requests/{asked.public_id}/drop/")
    asked.refresh_from_db()
    assert asked.status == Status.DROPPED


def test_asking_for_everything_starts_a_package_once(browser, ada):
    for _ in range(2):
        post(browser, "requests/ask/access/")
    assert AccessPackage.objects.get().made_at is None
    assert "It is being made" in page(browser, "requests/")


def test_a_package_that_failed_is_made_again(browser, ada):
    post(browser, "requests/ask/access/")
    AccessPackage.objects.update(error="No space left on device")
    text = page(browser, "requests/")
    assert "Try again" in text
    assert "No space left" not in text
    post(browser, "requests/ask/access/")
    assert AccessPackage.objects.get().error == ""


def test_one_made_today_is_enough(browser, ada):
    package(ask(ada, Kind.ACCESS, intake=Intake.MAIL))
    post(browser, "requests/ask/access/")
    assert AccessPackage.objects.count() == 1


def test_a_package_is_fetched_counted_and_written_down_ds6(browser, ada):
    made = package(ask(ada, Kind.ACCESS, intake=Intake.MAIL))
    answer = post(browser, f"packages/{made.public_id}/")
    assert b"".join(answer.streaming_content) == b"PK everything"
    assert answer.headers["Cache-Control"] == "no-store"
    made.refresh_from_db()
    assert made.downloads == 1
    entry = AuditEntry.objects.get(action=AuditEntry.Action.PACKAGE_DOWNLOADED)
    assert (entry.ip, entry.user_agent) == (None, "")


def test_a_package_past_its_days_or_of_another_is_not_there_ds6(browser, ada):
    bob = rows.customer("bob@example.com", name="Bob")
    theirs, old = package(ask(bob, Kind.ACCESS, intake=Intake.MAIL)), package(ask(ada, Kind.ACCESS, intake=Intake.MAIL))
    AccessPackage.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for each in (theirs, old):
        assert post(browser, f"packages/{each.public_id}/").status_code == 404
        assert browser.get(f"{ME}packages/{each.public_id}/").status_code == 405


def test_a_file_that_is_gone_is_not_there(browser, ada):
    made = package(ask(ada, Kind.ACCESS, intake=Intake.MAIL))
    default_storage.delete(made.file)
    assert post(browser, f"packages/{made.public_id}/").status_code == 404


def test_the_list_says_state_day_answer_and_where_to_complain_ds1(browser, ada):
    refused = ask(ada, Kind.RECTIFY, text="x")
    requests.refuse(refused, "We need it for your guarantee.", actor=SYSTEM)
    open_ = ask(ada, Kind.RECTIFY, about="How you buy", text="y")
    requests.extend(open_, "It is a lot.", actor=SYSTEM)
    text = page(browser, "requests/")
    for words in ("We need it for your guarantee.", "Autoriteit Persoonsgegevens", "It is a lot.", "You get our answer before"):
        assert words in text, words
    assert "How you buy" in text


def test_a_request_of_somebody_else_is_not_there(browser, ada):
    bob = rows.customer("bob@example.com", name="Bob")
    theirs = ask(bob)
    assert theirs.number not in page(browser, "requests/")
    assert post(browser, f"requests/{theirs.public_id}/drop/").status_code == 404


def test_what_was_answered_meanwhile_cannot_be_taken_back(browser, ada):
    done = ask(ada, Kind.RESTRICT)
    assert post(browser, f"requests/{done.public_id}/drop/").status_code == 302
    done.refresh_from_db()
    assert done.status == Status.DONE


def test_nobody_is_asked_for_a_file_ds2(browser, ada):
    for path in VIEWED:
        assert 'type="file"' not in page(browser, path)


def test_only_who_proved_the_mailbox_comes_here(ada, client):
    for path in [*VIEWED, "requests/"]:
        assert client.get(ME + path).url == "/p/acme/ask/"


def test_a_form_of_another_site_does_nothing(browser, ada):
    for path in ("requests/erase/", "requests/ask/restrict/", "correct/?what=city", "forget/?what=city"):
        assert browser.post(ME + path, {"value": "x"}).status_code == 302
    assert not RightsRequest.objects.exists()


@pytest.mark.parametrize("path", ["correct/", "correct/?what=no", "correct/?what=shoe", "forget/?what=no", "wrong/?what=x", "object/"])
def test_what_is_not_held_is_not_there(browser, ada, path):
    assert browser.get(ME + path).status_code == 404


@pytest.mark.parametrize("path", ["requests/ask/erase/", "requests/ask/nonsense/"])
def test_only_what_is_one_click_is_one_click(browser, ada, path):
    assert post(browser, path).status_code == 404


@pytest.mark.parametrize("path", ["requests/ask/restrict/", "requests/unrestrict/"])
def test_looking_changes_nothing(browser, ada, path):
    assert browser.get(ME + path).status_code == 405


def test_the_list_asks_as_often_for_many_as_for_one(browser, ada, django_assert_max_num_queries):
    for number in range(12):
        ask(ada, Kind.RECTIFY, text=str(number))
    with django_assert_max_num_queries(20):
        browser.get(ME + "requests/")

"""Appending to the log and reading it: chains, keys, ids that come twice, and what the serving role may do (CR1, CR10)."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from accounts import tenancy
from consent.ledger import appending, hashing, keys, reading, subjects
from consent.ledger.appending import Entry
from consent.models import Evidence, LedgerEvent, LedgerInbox, Subject, SubjectKey
from customers.staging import rows, run

FIELDS = {"purpose": "newsletter", "state": "given", "ip": "203.0.113.9"}


@pytest.fixture
def ada(in_acme) -> int:
    return subjects.of_customers([7])[7]


def test_what_was_logged_reads_back_in_order(ada):
    ids = appending.append([Entry(ada, {"state": state}) for state in ("given", "withdrawn", "given")])
    found = reading.of_subjects([ada])
    assert [(event.event_id, event.seq, event.fields["state"]) for event in found] == [
        (ids[0], 1, "given"),
        (ids[1], 2, "withdrawn"),
        (ids[2], 3, "given"),
    ]


def test_each_event_follows_the_one_before_and_hashes_as_documented(ada, in_acme):
    """docs/verify.md: the database and Python make the same bytes."""
    appending.append([Entry(ada, FIELDS)])
    appending.append([Entry(ada, FIELDS), Entry(ada, {})])
    subject, before = Subject.objects.get(pk=ada), bytes(32)
    for seq, event in enumerate(LedgerEvent.objects.filter(subject=ada).order_by("seq"), 1):
        packed = bytes(Evidence.objects.get(event_id=event.event_id).digests)
        assert bytes(event.fields_root) == hashing.fields_root(packed)
        expected = hashing.leaf(in_acme.pk, event.event_id, subject.ref, place=(seq, before), root=hashing.fields_root(packed))
        assert (event.seq, bytes(event.prev_hash), bytes(event.leaf_hash)) == (seq, before, expected)
        before = expected
    assert (subject.head_seq, bytes(subject.head_hash)) == (3, before)
    assert LedgerInbox.objects.count() == 3


def test_events_of_several_subjects_go_in_one_call(in_acme, django_assert_num_queries):
    found = subjects.of_customers([1, 2, 3])
    with django_assert_num_queries(2):
        appending.append([Entry(found[who], {"n": str(n)}) for n in range(4) for who in (3, 1, 2)])
    assert [(event.seq, event.fields["n"]) for event in reading.of_subjects([found[2]])] == [(n + 1, str(n)) for n in range(4)]


def test_an_event_that_comes_twice_is_one_event(ada):
    event_id = uuid4()
    for _ in range(2):
        assert appending.append([Entry(ada, FIELDS, event_id), Entry(ada, {"other": "1"})])[0] == event_id
    assert LedgerEvent.objects.filter(event_id=event_id).count() == 1
    assert LedgerEvent.objects.count() == 3


@pytest.mark.parametrize("fields", [{**FIELDS, "state": "withdrawn"}, {"state": "given"}, {**FIELDS, "more": "1"}])
def test_another_event_under_a_known_id_is_refused(ada, fields):
    event_id = uuid4()
    appending.append([Entry(ada, FIELDS, event_id)])
    with pytest.raises(appending.OtherEvent):
        appending.append([Entry(ada, fields, event_id)])


def test_the_database_refuses_a_known_id_for_another_subject(ada):
    event_id = uuid4()
    appending.append([Entry(ada, FIELDS, event_id)])
    with pytest.raises(DatabaseError, match="another subject"), transaction.atomic():
        appending.append([Entry(subjects.of_customers([8])[8], FIELDS, event_id)])
    assert appending.write([(ada, event_id, b"", None, False)]) == [event_id]
    assert reading.of_subjects([ada])[0].fields == FIELDS


def test_an_unknown_subject_is_refused(in_acme):
    with pytest.raises(appending.SubjectGone):
        appending.append([Entry(999, FIELDS)])
    with pytest.raises(DatabaseError, match="no such subject"), transaction.atomic():
        appending.write([(999, uuid4(), b"", None, False)])


def test_the_subject_of_another_tenant_is_unknown_here(cast):
    with tenancy.scope(cast.globex):
        theirs = subjects.of_customers([7])[7]
    with tenancy.scope(cast.acme):
        ours = subjects.of_customers([7])[7]
        with pytest.raises(appending.SubjectGone):
            appending.append([Entry(max(ours, theirs) + 1, FIELDS)])
        assert Subject._base_manager.count() == 1


def test_a_customer_has_one_subject_and_so_has_the_tenant(in_acme, django_assert_num_queries):
    first = subjects.of_customers([1, 2])
    assert subjects.of_customers([2, 1, 3]) == first | {3: subjects.of_customers([3])[3]}
    assert subjects.of_tenant() == subjects.of_tenant()
    assert SubjectKey.objects.count() == Subject.objects.count() == 4
    with django_assert_num_queries(1):
        subjects.of_customers([1, 2, 3])


def test_evidence_is_sealed_and_says_nothing_readable(ada):
    appending.append([Entry(ada, {"text": "a plain word"})])
    evidence = Evidence.objects.get()
    assert b"plain" not in bytes(evidence.sealed) + bytes(evidence.digests)


def test_the_key_of_a_lost_secret_is_a_clear_error_and_nothing_is_written(ada, settings):
    appending.append([Entry(ada, FIELDS)])
    settings.SECRET_KEY, before = "another-" * 8, settings.SECRET_KEY
    with pytest.raises(keys.KeyLost, match="SECRET_KEY"):
        appending.append([Entry(ada, FIELDS)])
    with pytest.raises(keys.KeyLost):
        reading.of_subjects([ada])
    assert LedgerEvent.objects.count() == 1
    settings.SECRET_KEY_FALLBACKS = [before]
    appending.append([Entry(ada, FIELDS)])
    assert [event.fields for event in reading.of_subjects([ada])] == [FIELDS, FIELDS]


def test_evidence_that_was_changed_is_not_read(ada):
    (event_id,) = appending.append([Entry(ada, FIELDS)])
    with pytest.raises(keys.Unreadable):
        rows("SELECT consent_redact(ARRAY[%(event)s]::uuid[], ARRAY['\\x00'::bytea])", {"event": event_id})
        reading.of_subjects([ada])


@pytest.mark.parametrize("table", ["subject", "subjectkey", "ledgerevent", "evidence", "ledgerinbox", "leaf", "node", "checkpoint"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} (id) VALUES (1)"])
def test_the_serving_role_reads_the_log_and_changes_nothing(ada, table, statement):
    """CR1, CR10: the log is written through its functions only."""
    appending.append([Entry(ada, FIELDS)])
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(statement.format(f"consent_{table}"))


def test_ids_of_events_sort_by_time():
    ids = [hashing.new_event_id() for _ in range(50)]
    assert {each.version for each in ids} == {7}
    assert sorted(ids, key=lambda each: each.int >> 64) == ids

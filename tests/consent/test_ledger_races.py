"""Many who append at once, to the same subject and to different ones: every chain stays whole (CR10)."""

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.db import connection

from accounts import tenancy
from consent.ledger import appending, subjects, verifying
from consent.ledger.appending import Entry
from consent.models import LedgerEvent, Subject, SubjectKey
from tests.conftest import make_cast

THREADS = 8


def all_at_once(tenant, work) -> list:
    def in_scope(number: int):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(in_scope, range(THREADS)))


def test_eight_writers_to_one_subject_make_one_chain(committed):
    acme = make_cast().acme
    with tenancy.scope(acme):
        one = subjects.of_customers([1])[1]

    def write(number: int) -> None:
        for turn in range(25):
            with tenancy.scope(acme):
                appending.append([Entry(one, {"n": f"{number}/{turn}"})])

    all_at_once(acme, write)
    with tenancy.scope(acme):
        assert sorted(LedgerEvent.objects.values_list("seq", flat=True)) == list(range(1, 201))
        assert verifying.verify().findings == []


def test_eight_writers_to_many_subjects_in_any_order_never_wait_for_each_other_for_ever(committed):
    acme = make_cast().acme
    with tenancy.scope(acme):
        who = list(subjects.of_customers(range(20)).values())

    def write(number: int) -> None:
        dice = random.Random(number)
        for _ in range(15):
            with tenancy.scope(acme):
                appending.append([Entry(subject_id, {"n": "1"}) for subject_id in dice.choices(who, k=12)])

    all_at_once(acme, write)
    with tenancy.scope(acme):
        assert LedgerEvent.objects.count() == THREADS * 15 * 12
        assert verifying.verify().findings == []


def test_the_same_event_from_eight_sides_is_one_event(committed):
    acme = make_cast().acme
    event_id = uuid4()
    with tenancy.scope(acme):
        one = subjects.of_customers([1])[1]

    def write(_number: int) -> list:
        with tenancy.scope(acme):
            return appending.append([Entry(one, {"n": "1"}, event_id)])

    assert all_at_once(acme, write) == [[event_id]] * THREADS
    with tenancy.scope(acme):
        assert LedgerEvent.objects.count() == 1


def test_a_new_customer_met_by_eight_at_once_has_one_subject_with_one_key(committed):
    acme = make_cast().acme

    def meet(number: int) -> dict[int, int]:
        with tenancy.scope(acme):
            return subjects.of_customers(random.Random(number).sample(range(30), 30)) | {0: subjects.of_tenant()}

    assert len({tuple(sorted(found.items())) for found in all_at_once(acme, meet)}) == 1
    with tenancy.scope(acme):
        assert Subject.objects.count() == SubjectKey.objects.count() == 31

"""The tree of the log: roots, proofs, checkpoints, keys that change, and two sequencers at once (CR10)."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import tenancy
from consent.ledger import appending, copies, hashing, keys, reading, signing, subjects, tree, verifying
from consent.ledger.appending import Entry
from consent.models import Checkpoint, Leaf, LedgerInbox, Node, SigningKey
from customers.staging import rows
from tests.conftest import make_cast
from tests.consent import ledger_rows


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


@given(st.integers(0, 70))
def test_a_growing_tree_has_the_root_of_the_rfc(count):
    leaves = [sha256(bytes([n])).digest() for n in range(count)]
    growing = hashing.Frontier()
    for leaf in leaves:
        growing.add(leaf)
    assert growing.root() == naive_root(leaves)


@given(st.data())
def test_every_leaf_has_a_path_to_the_root(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = [sha256(bytes([n])).digest() for n in range(size)]
    path = [naive_root(leaves[start:end]) for start, end in hashing.path_of(index, size)]
    assert hashing.is_included(leaves[index], index, size, path=path, root=naive_root(leaves))
    assert not hashing.is_included(leaves[index - 1], index, size, path=path, root=naive_root(leaves)) or size == 1
    assert not hashing.is_included(leaves[index], index, size, path=[*path, bytes(32)], root=naive_root(leaves))
    for start, end in hashing.path_of(index, size):
        peaks = [naive_root(leaves[i << level : (i + 1) << level]) for level, i in hashing.peaks_of(start, end)]
        assert hashing.root_of_peaks(peaks) == naive_root(leaves[start:end])


def leaves_of_tree() -> list[bytes]:
    return [bytes(leaf) for leaf in Leaf.objects.order_by("index").values_list("leaf_hash", flat=True)]


def test_the_tree_grows_in_turns_and_its_root_is_that_of_all_leaves(in_acme):
    for count in (1, 1, 5, 9, 1, 16):
        ledger_rows.log(count)
        assert tree.sequence() == count
        assert tree.root(tree.size()) == naive_root(leaves_of_tree())
    assert [leaf.index for leaf in Leaf.objects.order_by("index")] == list(range(33))
    assert Node.objects.count() == 16 + 8 + 4 + 2 + 1
    assert LedgerInbox.objects.count() == tree.sequence() == 0


def test_a_turn_takes_no_more_than_it_may(in_acme):
    ledger_rows.log(7)
    assert [tree.sequence(most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert tree.root(7) == naive_root(leaves_of_tree())


def test_the_root_of_an_earlier_size_can_still_be_told(in_acme):
    ledger_rows.log(13)
    tree.sequence()
    leaves = leaves_of_tree()
    assert [tree.root(size) for size in range(14)] == [naive_root(leaves[:size]) for size in range(14)]
    assert rows("SELECT consent_root(14)") == [(None,)]


def test_every_event_in_the_tree_can_be_proved(in_acme):
    ids = ledger_rows.log(11)
    tree.sequence()
    for event_id, event in zip(ids, Leaf.objects.order_by("index"), strict=True):
        proof = tree.proof(event_id, 11)
        assert hashing.is_included(bytes(event.leaf_hash), proof.index, proof.size, path=proof.path, root=tree.root(11))
    (late,) = ledger_rows.log()
    assert tree.proof(late, 11) is None


def test_a_checkpoint_is_a_signed_note_of_the_tree(in_acme, settings):
    """C2SP tlog-checkpoint: origin, size, root, an empty line, the signature."""
    ledger_rows.log(3)
    tree.sequence()
    row = tree.checkpoint()
    origin, size, _root, empty, signature = row.note.splitlines()
    assert (origin, size, empty) == (f"{settings.BASE_URL.partition('//')[2]}/acme", "3", "")
    assert verifying.Note.read(row.note).root == naive_root(leaves_of_tree()) == bytes(row.root)
    assert signature.startswith(f"— {origin} ")
    assert signing.is_signed(row.note, signing.by_hash())
    assert not signing.is_signed(row.note.replace("\n3\n", "\n4\n"), signing.by_hash())


def test_there_is_a_checkpoint_only_when_the_tree_grew(in_acme):
    assert tree.checkpoint() is None
    ledger_rows.log()
    tree.sequence()
    assert tree.checkpoint()
    tree.sequence()  # the first key was logged meanwhile
    assert tree.checkpoint().tree_size == 2
    assert tree.checkpoint() is None


def test_the_database_keeps_no_checkpoint_that_is_not_true(in_acme):
    ledger_rows.log(2)
    tree.sequence()
    key = signing.current()
    for size, root in (("2", "AAAA"), ("1", "AAAA"), ("9", "AAAA")):
        note = signing.note(key, key.name, size, root)
        with pytest.raises(DatabaseError, match="does not say"), transaction.atomic():
            rows(tree.CHECKPOINT, {"size": 2, "at": "2026-01-01T00:00:00Z", "note": note})


def test_a_renewed_key_signs_on_and_old_notes_stay_good(in_acme):
    notes = []
    for _ in range(2):
        ledger_rows.log()
        tree.sequence()
        notes.append(tree.checkpoint().note)
        signing.renew()
    assert all(signing.is_signed(note, signing.by_hash()) for note in notes)
    assert SigningKey.objects.filter(retired_at=None).count() == 1
    logged = {event.fields["key"] for event in reading.of_subjects([subjects.of_tenant()])}
    assert logged == {signing.verifier_key(key) for key in SigningKey.objects.all()}


def test_a_lost_secret_stops_signing_clearly_and_a_new_key_goes_on(in_acme, settings, caplog):
    ledger_rows.log()
    tree.sequence()
    tree.checkpoint()
    tree.sequence()
    settings.SECRET_KEY = "another-" * 8
    with pytest.raises(keys.KeyLost, match="signing key"):
        tree.checkpoint()
    copies.sign_and_keep_up(in_acme)
    assert "cannot be signed" in caplog.text
    assert verifying.verify().findings == []
    assert verifying.verify().locked == 2


def test_two_sequencers_at_once_never_make_two_leaves_of_one_event(committed):
    cast = make_cast()
    with tenancy.scope(cast.acme):
        who = [ledger_rows.subject() for _ in range(40)]

    def write(subject_id: int) -> None:
        for _ in range(5):
            with tenancy.scope(cast.acme):
                appending.append([Entry(subject_id, {"state": "given"})])
        connection.close()

    def sequence(_turn: int) -> int:
        total = tree.sequence_all(cast.acme)
        connection.close()
        return total

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, subject_id) for subject_id in who]
        turns = [pool.submit(sequence, turn) for turn in range(20)]
        [writer.result() for writer in writers]
        taken = sum(turn.result() for turn in turns) + sequence(0)
    with tenancy.scope(cast.acme):
        assert taken == Leaf.objects.count() == 200
        assert LedgerInbox.objects.count() == 0
        assert tree.root(200) == naive_root(leaves_of_tree())
        assert verifying.verify().findings == []


def test_a_checkpoint_of_another_tenant_is_never_seen(cast):
    with tenancy.scope(cast.globex):
        ledger_rows.log()
        tree.sequence()
        tree.checkpoint()
    with tenancy.scope(cast.acme):
        assert (tree.size(), Checkpoint.objects.count(), tree.sequence()) == (0, 0, 0)

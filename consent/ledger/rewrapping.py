"""Subject keys in, the same keys under today's SECRET_KEY out, so that an earlier one can go; or new ones for those that are lost."""

from typing import NamedTuple

from accounts import tenancy
from consent.ledger import keys
from customers.staging import rows

BATCH = 1_000

# One row a key, by the id of its subject: that id, the ref, the wrapped key.
KEYS = """
SELECT s.id, s.ref, k.wrapped
  FROM consent_subjectkey k JOIN consent_subject s ON s.tenant_id = k.tenant_id AND s.id = k.subject_id
 WHERE k.tenant_id = %(tenant)s AND s.id > %(after)s
 ORDER BY s.id LIMIT %(most)s
"""
# Both answer how many keys there were (migration 0003).
REWRAP = "SELECT consent_rewrap(%(subjects)s::bigint[], %(wrapped)s::bytea[])"
REKEY = "SELECT consent_rekey(%(subjects)s::bigint[], %(wrapped)s::bytea[])"


class Outcome(NamedTuple):
    rewrapped: int
    lost: int


def rewrap(*, gives_up: bool = False) -> Outcome:
    """`gives_up`: a key that nothing opens is replaced, and what was sealed under it can then never be read. The log still verifies."""
    tenant_id, after, rewrapped, lost = tenancy.current().pk, 0, 0, 0
    while batch := rows(KEYS, {"after": after, "most": BATCH}):
        after, good, gone = batch[-1][0], [], []
        for subject_id, ref, wrapped in batch:
            try:
                good.append((subject_id, keys.rewrap(tenant_id, ref, wrapped)))
            except keys.KeyLost:
                gone.append((subject_id, keys.make(tenant_id, ref)))
        _put(REWRAP, good)
        _put(REKEY, gone if gives_up else [])
        rewrapped, lost = rewrapped + len(good), lost + len(gone)
    return Outcome(rewrapped, lost)


def _put(statement: str, lines: list[tuple[int, bytes]]) -> None:
    if lines:
        rows(statement, {"subjects": [line[0] for line in lines], "wrapped": [line[1] for line in lines]})

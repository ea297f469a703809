"""What a source says of customers in; leaves a `SourceRecord` a customer and source, and the values that won in `Customer.attributes`.

A conflict is settled for each attribute by itself: the source that is trusted more (a lower `Source.priority`), then the later time.
A value that lost is kept where it was said. A late message does not push a newer one aside. `None` takes a source's value back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec.json import decode

from customers import touching
from customers.identity.settling import FACE, RECORD
from customers.models import Source
from customers.staging import json, rows, run, stage

EARLIER = 10  # values that a source said before, kept for each key
UNDECLARED = 50  # keys in no catalogue, kept for each record

# The record of this source that a statement is about, found by one look into the unique index, whatever the statistics say.
_RECORD = """
 CROSS JOIN LATERAL (SELECT * FROM customers_sourcerecord
                      WHERE tenant_id = s.tenant_id AND customer_id = s.customer_id AND source_id = %(source)s LIMIT 1) r
"""
_SAME = """r.values = s.values AND s.earlier = '{}' AND s.times = '{}' AND r.undeclared || s.undeclared = r.undeclared
 AND (r.times = '{}' OR r.said_at < s.said_at)"""
# One row a statement that is not just what the source said before: whether a value is another, and the whole record.
# (By || and not by @>, for which a choice fewer would be contained in what was said before.)
DIFFERENT = f"""
SELECT r.values || s.values <> r.values, r.customer_id, r.values, r.said_at, r.times, r.earlier, r.undeclared
  FROM statement s {_RECORD} WHERE NOT ({_SAME})
"""  # noqa: S608 - made of constants
# The source said the very same again: only the time is new.
AGAIN = f"""
UPDATE customers_sourcerecord t SET said_at = a.at, times = '{{}}'
  FROM (SELECT r.tenant_id, r.id, s.said_at AS at FROM statement s {_RECORD} WHERE r.said_at < s.said_at AND {_SAME} OFFSET 0) a
 WHERE t.tenant_id = a.tenant_id AND t.id = a.id
"""  # noqa: S608 - made of constants
KNOWN = f"SELECT s.customer_id FROM statement s {_RECORD}"  # noqa: S608 - made of constants
# One row a statement about a customer of whom somebody else says something too: said again, it may win now.
CONTESTED = """
SELECT s.customer_id FROM statement s
 CROSS JOIN LATERAL (SELECT coalesce(root_id, id) AS id FROM customers_customer
                      WHERE tenant_id = s.tenant_id AND id = s.customer_id LIMIT 1) top
 CROSS JOIN LATERAL ((SELECT FROM customers_sourcerecord
                       WHERE tenant_id = s.tenant_id AND customer_id = s.customer_id AND source_id <> %(source)s LIMIT 1)
                      UNION ALL
                     (SELECT FROM customers_customer
                       WHERE tenant_id = s.tenant_id AND root_id = top.id AND merged_into_id IS NOT NULL LIMIT 1) LIMIT 1) other
"""
NEW = """
INSERT INTO customers_sourcerecord (tenant_id, customer_id, source_id, values, said_at, times, earlier, undeclared)
SELECT s.tenant_id, s.customer_id, %(source)s, s.values, s.said_at, s.times, s.earlier, s.undeclared FROM statement s
 WHERE NOT EXISTS (SELECT FROM customers_sourcerecord r
                    WHERE r.tenant_id = s.tenant_id AND r.customer_id = s.customer_id AND r.source_id = %(source)s)
"""
CHANGED = f"""
UPDATE customers_sourcerecord t
   SET values = a.values, said_at = a.said_at, times = a.times, earlier = a.earlier, undeclared = a.undeclared
  FROM (SELECT r.id, s.* FROM statement s {_RECORD} OFFSET 0) a WHERE t.tenant_id = a.tenant_id AND t.id = a.id
"""  # noqa: S608 - made of constants
# The fold: of all that is said of a customer and of the rows merged into it, the value that won for each key.
# An attribute that was put away, or never was in the catalogue, does not win.
FOLD = f"""
WITH said AS (
  SELECT w.tenant_id, w.id AS root_id, v.key, v.value, s.priority, coalesce((r.times ->> v.key)::timestamptz, r.said_at) AS at, r.id
    FROM wanted w
   CROSS JOIN LATERAL (SELECT w.id
                        UNION ALL
                       SELECT id FROM customers_customer
                        WHERE tenant_id = w.tenant_id AND root_id = w.id AND merged_into_id IS NOT NULL) m
   CROSS JOIN LATERAL (SELECT id, source_id, values, times, said_at FROM customers_sourcerecord
                        WHERE tenant_id = w.tenant_id AND customer_id = m.id OFFSET 0) r
    JOIN customers_source s ON s.tenant_id = w.tenant_id AND s.id = r.source_id
   CROSS JOIN LATERAL jsonb_each(r.values) v
   WHERE v.value <> 'null'::jsonb
     AND v.key IN (SELECT key FROM customers_attribute WHERE tenant_id = %(tenant)s AND retired_at IS NULL)
), won AS (
  SELECT DISTINCT ON (root_id, key) tenant_id, root_id, key, value FROM said ORDER BY root_id, key, priority, at DESC, id DESC
), face AS MATERIALIZED (
  SELECT w.tenant_id, w.id, coalesce(jsonb_object_agg(won.key, won.value) FILTER (WHERE won.key IS NOT NULL), '{{}}'::jsonb) AS attributes
    FROM wanted w LEFT JOIN won ON won.tenant_id = w.tenant_id AND won.root_id = w.id
   GROUP BY w.tenant_id, w.id
)
UPDATE customers_customer c
   SET attributes = face.attributes, changed_at = now(), {", ".join(map(" = ".join, FACE.items())).format(a="face.attributes")}
  FROM face WHERE c.tenant_id = face.tenant_id AND c.id = face.id AND c.attributes IS DISTINCT FROM face.attributes
"""  # noqa: S608 - made of constants


class Statement(NamedTuple):
    customer_id: int  # the row the message is kept with: a merge does not move what was said
    at: datetime
    values: Mapping[str, Any]  # key -> canonical value (customers/values.py); None takes it back
    undeclared: Mapping[str, Any] = {}


class Record:
    """All that one source said of one customer, folded: the same whatever the order in which it came, as long as the times differ."""

    def __init__(self, values: dict, said_at: datetime | None, times: dict, earlier: dict, undeclared: dict) -> None:
        self.at = {key: datetime.fromisoformat(times[key]) if key in times else said_at for key in values}
        self.values, self.earlier, self.undeclared = dict(values), dict(earlier), dict(undeclared)

    def hear(self, statement: Statement) -> None:
        if self.values:
            for key, value in statement.values.items():
                self._hear(key, value, statement.at)
        else:
            self.values, self.at = dict(statement.values), dict.fromkeys(statement.values, statement.at)
        if statement.undeclared:
            self.undeclared = dict(list({**self.undeclared, **statement.undeclared}.items())[-UNDECLARED:])

    def _hear(self, key: str, value: Any, at: datetime) -> None:
        if key in self.values and _is_same(self.values[key], value):
            self.at[key] = max(self.at[key], at)
        elif key in self.values and at < self.at[key]:
            self._keep(key, value, at)
        else:
            if key in self.values:
                self._keep(key, self.values[key], self.at[key])
            self.values[key], self.at[key] = value, at
            self._drop(key, value)

    def _keep(self, key: str, value: Any, at: datetime) -> None:
        """Each value that lost stands there once, with the last time it was said."""
        if value is not None:
            when = max([_iso(at), *(old for kept, old in self.earlier.get(key, []) if _is_same(kept, value))])
            self._drop(key, value)
            self.earlier[key] = sorted([*self.earlier.get(key, []), [value, when]], key=lambda pair: pair[1], reverse=True)[:EARLIER]

    def _drop(self, key: str, value: Any) -> None:
        left = [pair for pair in self.earlier.pop(key, []) if not _is_same(pair[0], value)]
        if left:
            self.earlier[key] = left

    def row(self, at: datetime) -> tuple[Any, ...]:
        """In the order of `settling.RECORD`; `at`: when nothing was said."""
        said_at = max(self.at.values(), default=at)
        times = {key: _iso(when) for key, when in self.at.items() if when is not said_at and when != said_at}
        return (json(self.values), said_at, json(times), json(self.earlier), json(self.undeclared))


COLUMNS = {"customer_id": "bigint", **RECORD}


class Heard(NamedTuple):
    """`rows`: of which the source said something for the first time, or something else than before.

    `again`: of which it said the same once more, while others say something too: it may have become the last word.
    """

    rows: frozenset[int]
    again: frozenset[int] = frozenset()

    @property
    def to_fold(self) -> frozenset[int]:
        return self.rows | self.again


NOTHING = Heard(frozenset())


def gather(statements: Iterable[Statement]) -> dict[int, Record]:
    """The statements of one source, folded to one record a customer row."""
    records: dict[int, Record] = {}
    for statement in statements:
        if statement.customer_id not in records:
            records[statement.customer_id] = Record({}, None, {}, {}, {})
        records[statement.customer_id].hear(statement)
    return records


def record(records: Mapping[int, Record], source: Source, *, at: datetime) -> Heard:
    """Writes what was said of rows that were there already. What they look like is settled in another step (`fold`)."""
    if not records:
        return NOTHING
    stage("statement", COLUMNS, ((row, *one.row(at)) for row, one in records.items()), joins=True)
    which = {"source": source.pk}
    known = {row for (row,) in rows(KNOWN, which)}
    different = rows(DIFFERENT, which)
    contested = {row for (row,) in rows(CONTESTED, which)} if known else set()
    run(AGAIN, which)
    run(NEW, which)
    if different:
        _rewrite(records, different, source, at)
    others = frozenset((records.keys() - known) | {row for is_other, row, *_ in different if is_other})
    return Heard(others, frozenset(contested - others))


def _rewrite(records: Mapping[int, Record], known: Sequence[tuple[Any, ...]], source: Source, at: datetime) -> None:
    together = []
    for _is_other, row, *before in known:
        whole = read(*before)
        _hear_again(whole, records[row])
        together.append((row, *whole.row(at)))
    stage("statement", COLUMNS, together, joins=True)
    run(CHANGED, {"source": source.pk})


def read(values: str, said_at: datetime, times: str, earlier: str, undeclared: str) -> Record:
    """A record as it stands in its row."""
    return Record(decode(values), said_at, decode(times), decode(earlier), decode(undeclared))


def _hear_again(whole: Record, news: Record) -> None:
    """What is new, oldest first, into what was known."""
    said = [(datetime.fromisoformat(when), key, value) for key, pairs in news.earlier.items() for value, when in pairs]
    said += [(news.at[key], key, value) for key, value in news.values.items()]
    for when, key, value in sorted(said, key=lambda one: one[0]):
        whole.hear(Statement(0, when, {key: value}))
    whole.hear(Statement(0, datetime.now(UTC), {}, news.undeclared))


def settle(batches: Iterable[set[int]]) -> None:
    """Folds batch after batch of roots, so that it makes no difference how many there are, and has the segments look at them again."""
    touched: set[int] = set()
    for roots in batches:
        fold(roots)
        touched |= roots if len(touched) <= touching.MANY else set()
    touching.touch(touched)


def fold(customer_ids: Iterable[int]) -> int:
    """Settles anew what these customers (roots) look like; answers how many look different."""
    if not (wanted := set(customer_ids)):
        return 0
    stage("wanted", {"id": "bigint"}, ((row,) for row in wanted), joins=True)
    return run(FOLD)


def _is_same(one: Any, other: Any) -> bool:
    """As JSON: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

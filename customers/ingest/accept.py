"""A request of a source in; leaves one `InboxBatch`, committed before this returns.

One insert and one commit a request: nothing is judged here that does not have to be. No address of who sent it is kept.
"""

import time
from datetime import datetime

import psycopg
from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils import timezone
from psycopg import sql

from accounts import tenancy
from accounts.models import Tenant
from customers.ingest import limits, waking
from customers.ingest.bodies import Body
from customers.ingest.refusals import TooMuch
from customers.ingest.senders import Sender
from customers.models import InboxBatch

_backlog: dict[int, tuple[float, bool]] = {}  # tenant -> until when this is believed, and whether its inbox is full
_calls: dict[int, tuple[float, int]] = {}  # source -> since when is counted, and how many calls since


def accept(sender: Sender, body: Body) -> None:
    """Durable when it returns. Raises TooMuch when the source calls too often or the tenant's inbox is full."""
    _refuse_too_many(sender)
    with tenancy.scope(sender.tenant):
        _refuse_full(sender.tenant)
        if body.items:
            _insert(sender, body, timezone.now())
    if body.items:
        waking.wake(sender.tenant.pk)


def _insert(sender: Sender, body: Body, now: datetime) -> None:
    """Past the ORM, and bound by the server: as text in the statement the body would be twice as long and parsed once more."""
    table = sql.Identifier(InboxBatch._meta.db_table)
    insert = sql.SQL("INSERT INTO {} (tenant_id, source_id, body, received_at, items) VALUES (%s, %s, %b, %s, %s)").format(table)
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(insert, [sender.tenant.pk, sender.source_id, body.json, now, body.items])


def _refuse_too_many(sender: Sender) -> None:
    now = time.monotonic()
    since, calls = _calls.get(sender.source_id, (now, 0))
    if now - since > limits.CALLS_WINDOW:
        since, calls = now, 0
    _calls[sender.source_id] = (since, calls + 1)
    if calls >= limits.CALLS:
        raise TooMuch("This source calls too often. Send batches, and wait.", seconds=int(since + limits.CALLS_WINDOW - now) + 1)


def _refuse_full(tenant: Tenant) -> None:
    """Looked at every few seconds: the length of a body stands in its row, so no body is read for it."""
    now = time.monotonic()
    until, is_full = _backlog.get(tenant.pk, (0.0, False))
    if now >= until:
        inbox = InboxBatch.objects.aggregate(rows=Count("pk"), size=Sum(Length("body")))
        is_full = inbox["rows"] >= limits.BACKLOG_BATCHES or (inbox["size"] or 0) >= limits.BACKLOG_BYTES
        _backlog[tenant.pk] = (now + limits.BACKLOG_LOOK, is_full)
    if is_full:
        raise TooMuch("More has come in than is taken out. Send it again later.", seconds=limits.RETRY_AFTER)


def forget() -> None:
    """In this process: calls are counted anew, and every inbox is looked at again."""
    _backlog.clear()
    _calls.clear()

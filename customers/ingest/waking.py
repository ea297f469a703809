"""A tenant whose inbox has something in it in; a message to the broker out, at most one a second, without making anybody wait.

What there is to do stands in the inbox. Where the broker is down, or a message too many was spared, beat's next tick finds it.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from accounts import work

PAUSE = 1.0  # seconds between two messages for one tenant, in each process

_lock = threading.Lock()
_asked: dict[int, float] = {}
_unsent: set[int] = set()  # however long the broker is away, a tenant waits for one message at most
_sending: list[ThreadPoolExecutor] = []


def wake(tenant_id: int) -> None:
    """Asks the worker to empty this inbox. Never fails and never waits: the message is sent by a thread of its own."""
    now = time.monotonic()
    with _lock:
        if tenant_id in _unsent or now - _asked.get(tenant_id, -PAUSE) < PAUSE:
            return
        _asked[tenant_id] = now
        _unsent.add(tenant_id)
        if not _sending:  # not at import: a server forks first
            _sending.append(ThreadPoolExecutor(1, thread_name_prefix="wake"))
    _sending[0].submit(_send, tenant_id)


def _send(tenant_id: int) -> None:
    try:
        work.start("customers.tasks.drain_of", tenant_id=tenant_id)
    finally:
        _unsent.discard(tenant_id)

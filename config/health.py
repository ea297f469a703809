"""Is the process alive (`/healthz`), can it work (`/readyz`)? Answers JSON before sessions, hosts and languages are looked at."""

import time
from collections.abc import Callable

from celery import current_app, shared_task
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

Respond = Callable[[HttpRequest], HttpResponse]
HEARTBEAT = "portret:heartbeat"
BEAT_IS_LATE_AFTER = 60  # seconds; beat ticks every 10


@shared_task(name="config.health.heartbeat")
def heartbeat() -> None:
    """Started by beat through the broker: a fresh mark shows that beat, broker and worker all live."""
    cache.set(HEARTBEAT, time.time(), timeout=None)


def middleware(respond: Respond) -> Respond:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return JsonResponse({"process": "ok"})
        if request.path_info == "/readyz":
            return readyz()
        return respond(request)

    return answer


def readyz() -> JsonResponse:
    """200 when the database answers; broker and beat are told beside it, because pages work without them."""
    parts = {"database": _ask(_database), "broker": _ask(_broker), "beat": _ask(_beat)}
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503, headers={"Cache-Control": "no-store"})


def _ask(question: Callable[[], str]) -> str:
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready" and what kind of fault it is
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    with current_app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=0, timeout=2)
    return "ok"


def _beat() -> str:
    seconds = beat_age()
    if seconds is None:
        return "has not ticked yet"
    return "ok" if seconds < BEAT_IS_LATE_AFTER else f"last tick {seconds:.0f} s ago"


def beat_age() -> float | None:
    """Seconds since the last heartbeat; nothing before the first."""
    marked = cache.get(HEARTBEAT)
    return None if marked is None else max(0.0, time.time() - marked)

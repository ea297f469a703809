"""Log records in, one JSON object a line out, without personal data: no paths, no messages of exceptions, no values of parameters."""

import json
import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]
request_id: ContextVar[str] = ContextVar("request_id", default="")
access = logging.getLogger("portret.access")

# What a record may carry besides its text. Anything else that a library attaches stays out.
FIELDS = ("method", "route", "status", "ms", "tenant", "task", "task_id", "mail", "fault", "part")
# Loggers whose text is made of values (addresses, paths, parameters): their text is left out, the event stays.
VALUE_LOGGERS = ("django.request", "django.security", "django.server", "django.db", "celery.app.trace", "allauth")


class OneJsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": text_of(record),
            "request": request_id.get(),
            **{name: getattr(record, name) for name in FIELDS if hasattr(record, name)},
            **_fault(record),
        }
        return json.dumps({key: value for key, value in line.items() if value not in ("", None)}, default=str)


class PlainLine(logging.Formatter):
    """For a person at a terminal; as sparing with values as the JSON."""

    def format(self, record: logging.LogRecord) -> str:
        extras = " ".join(f"{name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name))
        return f"{record.levelname:7} {record.name} {text_of(record)} {extras} {_fault(record) or ''}".rstrip()


def text_of(record: logging.LogRecord) -> str:
    """The text of a record; for libraries that put values into it the bare template, without its arguments."""
    if record.name.startswith(VALUE_LOGGERS):
        return str(record.msg) if record.args else type(record.msg).__name__ if not isinstance(record.msg, str) else "(left out)"
    return record.getMessage()


def _fault(record: logging.LogRecord) -> dict[str, Any]:
    """Kind and place of an exception. Its message is left out: databases quote values there."""
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    return {"fault": type(record.exc_info[1]).__name__, "trace": _trace(record.exc_info[1])}


def _trace(error: BaseException) -> list[str]:
    places, step = [], error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_filename.rpartition('site-packages/')[2]}:{step.tb_lineno}")
        step = step.tb_next
    return places[-12:]


def configuration(kind: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything through one handler on standard error."""
    formatter = OneJsonLine if kind == "json" else PlainLine
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            "django.db.backends": {"level": "WARNING", "propagate": True},
            "celery.worker.strategy": {"level": "WARNING", "propagate": True},
            "celery.app.trace": {"level": "WARNING", "propagate": True},
            "django_celery_beat": {"level": "WARNING", "propagate": True},
            "celery.beat": {"level": "WARNING", "propagate": True},
        },
    }


def middleware(respond: Respond) -> Respond:
    """Gives each request a number to quote, and leaves one line: method, route (never the path), status, milliseconds."""

    def log(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request.request_id = secrets.token_hex(4).upper()
        token = request_id.set(request.request_id)
        try:
            response = respond(request)
            response.headers["X-Request-Id"] = request.request_id
            access.info("request", extra=_facts(request, response, began))
            return response
        finally:
            request_id.reset(token)

    return log


def _facts(request: HttpRequest, response: HttpResponse, began: float) -> dict[str, Any]:
    return {
        "method": request.method,
        "route": route_of(request),
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "tenant": getattr(getattr(request, "tenant", None), "pk", None),
    }


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, such as `t/<slug:tenant_slug>/team/`: paths hold tokens and names."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else "(none)"

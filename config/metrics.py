"""Requests and the state of the database in, Prometheus metrics out, on a port of their own that is never published."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, values
from prometheus_client.core import GaugeMetricFamily

from config.logs import route_of

Respond = Callable[[HttpRequest], HttpResponse]
if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(folder).mkdir(parents=True, exist_ok=True)
    # Containers that share the folder may have the same process numbers.
    values.ValueClass = values.MultiProcessValue(lambda: f"{socket.gethostname()}-{os.getpid()}")

requests = Counter("portret_requests_total", "Requests answered", ["method", "route", "status"])
seconds = Histogram("portret_request_seconds", "Seconds a request took", ["route"], buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10))


def middleware(respond: Respond) -> Respond:
    def measure(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = respond(request)
        route = route_of(request)
        requests.labels(request.method, route, response.status_code).inc()
        seconds.labels(route).observe(time.perf_counter() - began)
        return response

    return measure


class State:
    """What stands in the database, asked at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from accounts.models import OutgoingMail  # here: this module is loaded before the models are
        from config.health import beat_age

        age = beat_age()
        yield GaugeMetricFamily(
            "portret_beat_age_seconds", "Seconds since beat, broker and worker ticked", value=-1 if age is None else age
        )
        waiting = OutgoingMail.objects.due().count()
        yield GaugeMetricFamily("portret_mail_waiting", "Mails to colleagues that are due", value=waiting)


def registry() -> CollectorRegistry:
    """Everything that is measured, over all processes that share PROMETHEUS_MULTIPROC_DIR."""
    whole = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(whole)
    whole.register(State())
    return whole

"""Serves Prometheus metrics on METRICS_PORT, apart from the pages, until it is stopped."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from prometheus_client import start_http_server

from config import metrics


class Command(BaseCommand):
    help = "Serves Prometheus metrics. Keep the port inside: it is not for the internet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        server, thread = start_http_server(settings.METRICS_PORT, addr=options["host"], registry=metrics.registry())
        signal.signal(signal.SIGTERM, lambda *_: server.shutdown())
        signal.signal(signal.SIGINT, lambda *_: server.shutdown())
        self.stdout.write(f"Metrics on http://{options['host']}:{settings.METRICS_PORT}/metrics")
        thread.join()

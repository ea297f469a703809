"""Prometheus metrics: what the pages did, and what waits in the database."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

from prometheus_client import REGISTRY, generate_latest

from accounts.models import OutgoingMail
from config import health, metrics
from tests import databases


def test_a_request_is_counted_by_route_and_status(cast, ana):
    labels = {"method": "GET", "route": "t/<slug:tenant_slug>/", "status": "200"}
    before = REGISTRY.get_sample_value("portret_requests_total", labels) or 0
    ana.get("/t/acme/")
    assert REGISTRY.get_sample_value("portret_requests_total", labels) == before + 1


def test_what_waits_is_read_from_the_database(db):
    OutgoingMail.objects.create(content=b"", recipients=[])
    health.heartbeat()
    text = generate_latest(metrics.registry()).decode()
    assert "portret_mail_waiting 1.0" in text
    assert "portret_beat_age_seconds 0." in text


def test_metrics_have_a_port_of_their_own(committed, tmp_path, free_port):
    """A process of its own, that sees what other processes count."""
    env = {**os.environ, "METRICS_PORT": str(free_port), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DATABASE_URL": databases.address()}
    command = [sys.executable, "-u", "manage.py", "metrics"]
    with subprocess.Popen(command, env=env, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split()[-1]
            assert "portret_mail_waiting" in urllib.request.urlopen(address, timeout=20).read().decode()
        finally:
            server.terminate()
        assert server.wait(20) == 0

"""What is turned away before anything is kept of it."""

import pytest
from prometheus_client import REGISTRY

from tests.accounts.post import arrived


def labels() -> set[str]:
    return {sample.labels["method"] for metric in REGISTRY.collect() for sample in metric.samples if "method" in sample.labels}


def test_invented_methods_leave_no_trace_of_themselves(client, db, caplog):
    for number in range(20):
        assert client.generic(f"METHOD{number}", "/account/login/").status_code == 405
    assert not any("METHOD" in label for label in labels())
    assert "METHOD" not in caplog.text


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json"])
def test_a_body_that_is_too_large_is_not_even_read(client, db, kind):
    answer = client.generic("POST", "/account/login/", b"", content_type=kind, CONTENT_LENGTH="1000000000")
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/t/acme/", "/t/acme/nowhere/", "/organisations/", "/account/email/", "/account/sessions/", "/nowhere/"])
def test_no_page_stays_behind_in_a_browser(cast, ana, path):
    assert "no-store" in ana.get(path).headers["Cache-Control"]


def test_nobody_is_flooded_with_letters(cast, ana):
    answers = [ana.post("/t/acme/team/invite/", {"email": "ada@row.example", "roles": ["viewer"]}).status_code for _ in range(6)]
    assert answers == [302] * 4 + [429] * 2
    assert len(arrived()) == 4

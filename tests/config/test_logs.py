"""Logs are JSON and hold no personal data (privacy.md BA2): a canary in every field must not sing."""

import io
import json
import logging

import pytest
from django.db import IntegrityError, transaction

from accounts.models import OutgoingMail, User
from config import logs

CANARY = "kanarie"


@pytest.fixture
def written():
    """Everything the whole process logs, down to DEBUG, as it would stand in the file."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.OneJsonLine())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_canary_sings(cast, ana, client, written):
    """Values typed into pages, addresses, headers and wrong requests, successes and refusals alike."""
    email = f"{CANARY}@post.example"
    ana.post("/t/acme/team/invite/", {"email": email, "roles": ["viewer"]}, headers={"user-agent": CANARY})
    ana.post("/t/acme/settings/identity/", dict.fromkeys(["legal_name", "street", "city", "country"], CANARY))
    ana.get(f"/t/acme/audit/?q={CANARY}")
    ana.get(f"/t/{CANARY}/")
    client.get(f"/t/acme/invitation/{CANARY}/")
    client.post("/account/login/", {"login": email, "password": CANARY})
    client.post("/account/signup/", {"name": CANARY, "email": email, "password1": CANARY})
    client.post("/account/password/reset/", {"email": email})
    client.get("/api/v1/key", headers={"authorization": f"Bearer {CANARY}"})
    client.get(f"/{CANARY}/", headers={"host": "127.0.0.1", "cookie": CANARY})
    assert written.getvalue().count("\n") >= 10
    assert CANARY not in written.getvalue()


def test_no_canary_sings_when_things_break(cast, ana, written, settings, monkeypatch):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    ana.raise_request_exception = False
    monkeypatch.setattr("accounts.views.team.Membership", None)  # makes the page fail for real
    assert ana.get(f"/t/acme/team/?{CANARY}").status_code == 500
    try:
        with transaction.atomic():
            User.objects.create(email="ana@acme.example", name=CANARY)
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", f"/{CANARY}")
    line = json.loads(written.getvalue().splitlines()[-1])
    assert line["fault"] == "IntegrityError"
    assert line["trace"]
    assert CANARY not in written.getvalue()


def test_a_line_tells_route_status_and_number_never_the_path(cast, ana, written):
    answer = ana.get("/t/acme/")
    line = next(json.loads(text) for text in written.getvalue().splitlines() if '"portret.access"' in text)
    assert line["route"] == "t/<slug:tenant_slug>/"
    assert line["status"] == 200
    assert line["tenant"] == cast.acme.pk
    assert line["request"] == answer.headers["X-Request-Id"]


def test_a_mail_that_could_not_be_sent_is_logged_by_its_number(db, written, settings):
    from accounts import mail
    from config.environment import Mail

    settings.EMAIL_RELAY = Mail("smtp", "127.0.0.1", 1)
    waiting = OutgoingMail.objects.create(content=f"To: {CANARY}@post.example\n\n{CANARY}".encode(), recipients=[f"{CANARY}@post.example"])
    assert mail.send_due() == 0
    line = json.loads(written.getvalue().splitlines()[-1])
    assert (line["mail"], line["fault"]) == (waiting.pk, "ConnectionRefusedError")
    assert CANARY not in written.getvalue()

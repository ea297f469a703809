"""What a source sends, and a source to send it to: for every test of the doors and the drain."""

import base64
import json
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from accounts import tenancy
from accounts.models import Tenant
from customers.ingest import accept, senders
from customers.models import InboxBatch, Source


def make_source(tenant: Tenant, slug: str = "shop", **values: Any) -> Source:
    """A source as the page makes it. What this process remembered of keys and inboxes is forgotten."""
    senders.forget()
    accept.forget()
    with tenancy.scope(tenant):
        return Source.objects.create(name=slug.title(), slug=slug, **values)


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def track(user: str = "u1", event: str = "Product Viewed", **values: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "userId": user,
        "event": event,
        "messageId": str(uuid4()),
        "timestamp": "2026-11-20T10:00:00Z",
        "properties": {},
        **values,
    }


def post(path: str, body: Any, key: str = "", *, client: Client | None = None, **headers: str) -> HttpResponse:
    """`body`: bytes as they are, anything else as JSON. text/plain, as browsers send it without asking first."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (client or Client()).post(path, data, content_type="text/plain", headers={**(basic(key) if key else {}), **headers})


def send(source: Source, *items: dict[str, Any], **more: Any) -> HttpResponse:
    """One batch, as a library of Segment sends it."""
    answer = post("/v1/batch", {"batch": list(items), **more}, source.write_key)
    assert answer.status_code == 200, answer.content
    return answer


def inbox(tenant: Tenant) -> list[dict[str, Any]]:
    """What waits, as it was kept."""
    with tenancy.scope(tenant):
        return [json.loads(bytes(body)) for body in InboxBatch.objects.order_by("pk").values_list("body", flat=True)]

"""A shop with a past, for pages that bare rows would leave empty: customers who did things, segments, imports in every state.

It goes in through the doors that a shop has: the inbox of a source, and files.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts import tenancy
from accounts.audit import SYSTEM
from accounts.models import Tenant, User
from consent import capture, gate, offering, suppressions
from consent.models import ConsentForm, Purpose, PurposeVersion
from consent.register import starting
from consent.register.content import sha256
from consent.transparency import content, publishing
from customers import scores
from customers.imports import receiving, running
from customers.ingest import drain as inbox
from customers.models import Attribute, Customer, EventType, Import, InboxBatch, Merge, QuarantinedItem, Segment, Source
from customers.segments import membership, versions
from tests.consent import form_rows, register_rows, rights_rows

FILE = "Klantnummer;E-mail;Voornaam;Geboortedatum\n{}7;jan@@row.example;Jan;31-02-1984\n"
OTHERS = [f"n{number}@shop.example" for number in (27, 28, 29)]
LOYAL = {"version": "portret-rule/1", "all": [{"event": "Order Completed", "times": {"at_least": 2}}]}


def lived(tenant: Tenant, user: User, folder: Path) -> dict[str, str]:
    """The public id of one of each, by the name of its model; of an import, by its state too: "Import:failed"."""
    with tenancy.scope(tenant):
        source = Source.objects.create(name="Web shop and till in Utrecht", slug="shop", used_for="To know what they bought.", owner=user)
        body = json.dumps({"batch": _sent()}).encode()
        InboxBatch.objects.create(source=source, body=body, received_at=timezone.now(), items=len(_sent()))
    inbox.drain(tenant)
    with tenancy.scope(tenant):
        scores.compute()
        rows = {"Source": source, "Segment": _segment(user), "Purpose": _purpose(user), **_found()}
        rows["ConsentForm"] = _asked(user, rows["Purpose"], rows["Customer"])
        rows |= rights_rows.past(rows["Customer"], list(Customer.objects.filter(email__in=OTHERS).order_by("pk")), user)
        rows["TransparencyVersion"] = publishing.publish(sha256(content.now()), by=user, actor=SYSTEM)
        ids = {name: row.public_id for name, row in rows.items()}
    return ids | _imports(tenant, user, folder)


def _purpose(user: User) -> Purpose:
    """In force, with the draft of a next version; the other seven usual ones are drafts."""
    register_rows.identity()
    starting.draft(by=user, actor=SYSTEM)
    version = register_rows.publish(PurposeVersion.objects.select_related("purpose").get(purpose__key="newsletter"), user)
    register_rows.next_draft(version.purpose, by=user, kept_days=365)
    return version.purpose


def _asked(user: User, purpose: Purpose, customer: Customer) -> ConsentForm:
    """A form in its second version that somebody filled in, blocked addresses, and answers of the gate."""
    words = {"name": "Foot of every page of the web shop", "by": user, "actor": SYSTEM}
    form = offering.create(content=form_rows.content(), **words)
    version = offering.publish(form, form_rows.content(attributes=["city", "birthday"], sites=["https://www.shop.example"]), **words)
    capture.submit(version, capture.Answers("noor@new.example", (("newsletter", "email"),)), capture.Origin())
    suppressions.add("gone@shop.example", "bounce")
    suppressions.add("mailinator.example", "domain", by=user, note="Addresses for ten minutes")
    gate.decide([customer.pk], purpose, "email", asked_by="campaign:1")
    gate.decide([customer.pk], purpose, "sms", asked_by="campaign:1")
    return ConsentForm.objects.get(pk=form.pk)


def _found() -> dict[str, Any]:
    return {
        "Customer": Customer.objects.get(email="ada@shop.example"),
        "Merge": Merge.objects.latest("pk"),
        "Attribute": Attribute.objects.get(key="birthday"),
        "EventType": EventType.objects.get(name="Order Completed"),
        "QuarantinedItem": QuarantinedItem.objects.latest("pk"),
    }


def _sent() -> list[dict[str, Any]]:
    """Ada, known by two numbers; who others are; what they bought; and an order that cannot be read."""
    everybody = [_item("identify", f"{n}", traits={"email": f"n{n}@shop.example", "firstName": "Noor", "shoe": 42}) for n in range(2, 30)]
    ada = {"email": "ada@shop.example", "firstName": "Ada", "city": "Utrecht", "birthday": "1984-12-31", "shoe": 37}
    return [
        _item("identify", "1", traits=ada),
        _item("identify", "1b", traits={"firstName": "Adá", "phone": "0612345678"}),
        *everybody,
        _item("alias", "1", previousId="1b"),
        *(_order(f"{1 + n % 9}", 20.5 + n, n) for n in range(40)),
        _order("1", "twelve", 0),
    ]


def _order(who: str, total: Any, days: int) -> dict[str, Any]:
    products = [{"product_id": f"P{days}", "name": "Kind of Blue", "category": "Jazz", "price": 20.5, "quantity": 1}, {"product_id": "P9"}]
    at = (timezone.now() - timedelta(days=9 * days)).isoformat()
    said = {"order_id": f"W{days}", "total": total, "currency": "EUR", "products": products}
    return _item("track", who, event="Order Completed", timestamp=at, properties=said)


def _item(kind: str, who: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "userId": who, "messageId": str(uuid4()), **more}


def _segment(user: User) -> Segment:
    """In its second version, with members, and with some who left."""
    segment = versions.create("Loyal customers", LOYAL, by=user, actor=SYSTEM)
    membership.refresh_one(segment.pk)
    versions.save(segment, {**LOYAL, "all": [*LOYAL["all"], {"attribute": "city", "is": "Utrecht"}]}, by=user, actor=SYSTEM)
    membership.refresh_one(segment.pk)
    return segment


def _imports(tenant: Tenant, user: User, folder: Path) -> dict[str, str]:
    path = folder / "loyalty-cards-2026.csv"
    path.write_text(FILE.format("".join(f"{n};file{n}@row.example;Tess;1990-02-03\n" for n in range(200))))
    tried, done = (_import(tenant, user, path, is_dry_run=is_dry_run) for is_dry_run in (True, False))
    with tenancy.scope(tenant):
        ids = {"Import:tried": tried.public_id, "Import": done.public_id, "Import:draft": _new(user, path).public_id}
        for status in ("running", "failed", "cancelled"):
            ids[f"Import:{status}"] = _as_if(done, status).public_id
    return ids


def _import(tenant: Tenant, user: User, path: Path, *, is_dry_run: bool) -> Import:
    with tenancy.scope(tenant):
        run = _new(user, path)
        run.wait_again(is_dry_run=is_dry_run, from_start=True)
    return running.take_turn(tenant, run.pk)


def _new(user: User, path: Path) -> Import:
    run = Import(kind=Import.Kind.CUSTOMERS, created_by=user, source=receiving.source_called("Till", actor=SYSTEM))
    receiving.from_disk(run, str(path))
    run.mapping = receiving.suggested(run)
    run.save()
    return run


def _as_if(done: Import, status: str) -> Import:
    """The same import, had it come no further than halfway. Nobody works on the one that runs."""
    run = Import.objects.get(pk=done.pk)
    run.pk, run._state.adding = None, True
    run.status, run.row, run.offset, run.new = status, 100, run.size // 2, 99
    run.message = "The rows after row 100 could not be stored. Nothing of them was kept." if status == "failed" else ""
    run.beat_at = timezone.now()
    run.save()
    for bad in done.bad_rows.all():
        bad.pk, bad._state.adding, bad.of = None, True, run
        bad.save()
    return run

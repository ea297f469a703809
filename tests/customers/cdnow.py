"""The purchases of CDNOW (tests/data/README.md), taken in through the commands as anybody would."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

FILE = Path(__file__).parents[1] / "data" / "cdnow_purchases.csv"
CUSTOMERS, PURCHASES = 23_570, 69_659
AS_ORDERS = ["external_id=customer_id", "timestamp=date", "amount=amount_usd", "quantity=quantity"]


def import_customers(slug: str) -> dict[str, Any]:
    """The summary that the command prints."""
    return _summary("import_customers", str(FILE), tenant=slug, source="cdnow", map=["external_id=customer_id"])


def import_purchases(slug: str) -> dict[str, Any]:
    options = {"tenant": slug, "source": "cdnow", "type": "Order Completed", "map": AS_ORDERS, "currency": "USD"}
    return _summary("import_events", str(FILE), **options)


def _summary(command: str, *arguments: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue().splitlines()[-1])

"""Events that name products in; leaves `Product` rows: what each is called and costs by the newest event."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from accounts import tenancy
from customers import values
from customers.staging import run

MOST = 200  # products of one event
LONGEST = {"product_id": 100, "name": 200, "category": 100, "url": 500, "image_url": 500}

# Newest wins, and says nothing of what it leaves out. In the order of the numbers, so that two writers wait for each other in turn.
UPSERT = """
INSERT INTO customers_product AS known (tenant_id, product_id, name, name_key, category, price, currency, url, image_url, seen_at)
SELECT tenant_id, product_id, name, left(lower(name), 200), category, price, currency, url, image_url, seen_at
  FROM unnest(%(tenants)s::bigint[], %(product_id)s::text[], %(name)s::text[], %(category)s::text[], %(price)s::bigint[],
              %(currency)s::text[], %(url)s::text[], %(image_url)s::text[], %(seen_at)s::timestamptz[])
       AS said (tenant_id, product_id, name, category, price, currency, url, image_url, seen_at)
 ORDER BY product_id
    ON CONFLICT (tenant_id, product_id) DO UPDATE SET
       name = coalesce(nullif(excluded.name, ''), known.name), name_key = coalesce(nullif(excluded.name_key, ''), known.name_key),
       category = coalesce(nullif(excluded.category, ''), known.category), price = coalesce(excluded.price, known.price),
       currency = CASE WHEN excluded.price IS NULL THEN known.currency ELSE excluded.currency END,
       url = coalesce(nullif(excluded.url, ''), known.url), image_url = coalesce(nullif(excluded.image_url, ''), known.image_url),
       seen_at = excluded.seen_at
 WHERE excluded.seen_at > known.seen_at
"""


class Named(NamedTuple):
    """A product as one event names it; "" and None: it does not say."""

    product_id: str
    name: str
    category: str
    price: int | None
    currency: str
    url: str
    image_url: str
    seen_at: datetime


def absorb(happenings: Iterable[tuple[datetime, dict[str, Any], str]]) -> int:
    """(occurred at, properties, currency) of new events; answers how many products were added or changed."""
    newest: dict[str, Named] = {}
    for at, properties, currency in happenings:
        for said in _said(properties):
            number = _short(said.get("product_id") or said.get("sku") or said.get("id"), "product_id")
            known = newest.get(number)
            if number and (known is None or at >= known.seen_at):
                newest[number] = _complete(_read(number, said, at, currency), known)
    return _upsert(list(newest.values())) if newest else 0


def _said(properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What an event says of products: a list of them, or one in its own properties."""
    listed = properties.get("products")
    if isinstance(listed, list):
        yield from (one for one in listed[:MOST] if isinstance(one, dict))
    elif "product_id" in properties:
        yield properties


def _read(number: str, said: dict[str, Any], at: datetime, currency: str) -> Named:
    currency = str(said.get("currency") or currency or tenancy.current().currency).upper()[:3]
    words = [_short(said.get(key), key) for key in ("name", "category")]
    return Named(number, *words, _price(said.get("price"), currency), currency, _link(said, "url"), _link(said, "image_url"), at)


def _complete(new: Named, known: Named | None) -> Named:
    """What the newer one leaves out, the older one says."""
    if known is None:
        return new
    kept = {name: getattr(new, name) or getattr(known, name) for name in ("name", "category", "url", "image_url")}
    return new._replace(**kept) if new.price is not None else new._replace(**kept, price=known.price, currency=known.currency)


def _short(raw: Any, key: str) -> str:
    """A number of a product is never cut: another product may begin with the same letters."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return ""
    said = str(raw).strip()
    if len(said) > LONGEST[key] and key not in ("name", "category"):
        return ""
    return said[: LONGEST[key]]


def _link(said: dict[str, Any], key: str) -> str:
    link = _short(said.get(key), key)
    return link if link.startswith(("https://", "http://")) else ""


def _price(raw: Any, currency: str) -> int | None:
    try:
        return values.amount(raw, currency) if raw not in (None, "") else None
    except values.BadValue:
        return None


def _upsert(products: list[Named]) -> int:
    columns = {name: [getattr(one, name) for one in products] for name in Named._fields}
    return run(UPSERT, {**columns, "tenants": [tenancy.current().pk] * len(products)})

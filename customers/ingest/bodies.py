"""The body of a request in, JSON for the inbox out: unpacked, within the limits, its items told apart but not yet judged.

Leaves no row. An item that no reader of JSON takes, or that is too large, stays in its place as a text: it must not cost the others.
"""

import json
import zlib
from codecs import BOM_UTF8
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from customers.ingest.limits import BATCH_BYTES, ITEM_BYTES
from customers.ingest.refusals import Malformed, TooLarge

GZIP = zlib.MAX_WBITS | 16


class PutAside(NamedTuple):
    item: str
    reason: str


class Body(NamedTuple):
    json: bytes  # {"batch": [item, …], "sentAt": …}
    items: int
    write_key: str


class _Batch(msgspec.Struct, gc=False):
    batch: list[Raw]
    sentAt: Any = None  # noqa: N815 - the words of the format
    writeKey: Any = None  # noqa: N815


class _Call(msgspec.Struct, gc=False):
    sentAt: Any = None  # noqa: N815 - the words of the format
    writeKey: Any = None  # noqa: N815


_batch, _call = msgspec.json.Decoder(_Batch), msgspec.json.Decoder(_Call)
_object = msgspec.json.Decoder(dict[str, Raw])
_anything = msgspec.json.Decoder()


def unpack(body: bytes, encoding: str) -> bytes:
    """Undoes gzip, and stops as soon as it is too much (RFC 1952; a bomb costs no more memory than a batch)."""
    _within(body)
    if encoding in ("", "identity"):
        return body.removeprefix(BOM_UTF8)
    if encoding != "gzip":
        raise Malformed(f"Content-Encoding {encoding[:20]!r} is not read here: use gzip or none.")
    unpacker = zlib.decompressobj(GZIP)
    try:
        plain = _within(unpacker.decompress(body, BATCH_BYTES + 1))
    except zlib.error:
        raise Malformed("The body says that it is gzip, and is not.") from None
    if not unpacker.eof:
        raise Malformed("The gzip in the body breaks off.")
    return plain.removeprefix(BOM_UTF8)


def batch(body: bytes) -> Body:
    """Raises Malformed for what is no {"batch": [object, …]}."""
    try:
        read = _read(_batch, body)
    except msgspec.DecodeError as problem:
        return _lenient(body, str(problem))
    if any(len(item) > ITEM_BYTES for item in read.batch):
        return _again([bytes(item).decode() for item in read.batch], read.sentAt, read.writeKey)
    return Body(body, len(read.batch), _key(read.writeKey))


def call(kind: str, body: bytes) -> Body:
    """One item, as a batch of one. Raises TooLarge, Malformed."""
    if len(body) > ITEM_BYTES:
        raise TooLarge(f"One call is at most {ITEM_BYTES:,} bytes.")
    try:
        said = _read(_call, body)
        item = _read(_object, body)
    except msgspec.DecodeError as problem:
        raise Malformed(f"This is not JSON: {problem}.") from None
    item["type"] = Raw(msgspec.json.encode(kind))
    item.pop("writeKey", None)  # whoever looks at the quarantine need not know it
    return Body(msgspec.json.encode({"batch": [item], "sentAt": said.sentAt}), 1, _key(said.writeKey))


def put_aside(raw: bytes) -> PutAside:
    """An item that stands in its batch as a text in; that text out, and why it is no more than that."""
    text = msgspec.json.decode(raw)
    return PutAside(text, _wrong_with(text) or "an item is an object")


def _within(body: bytes) -> bytes:
    if len(body) > BATCH_BYTES:
        raise TooLarge(f"A batch is at most {BATCH_BYTES:,} bytes.")
    return body


def _read(decoder: msgspec.json.Decoder, body: bytes) -> Any:
    try:
        body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as problem:
        raise Malformed(f"Not the structure that is asked for: {problem}.") from None
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise Malformed("Nested too deeply.") from None


def _key(said: Any) -> str:
    return said if isinstance(said, str) else ""


def _again(texts: list[str], sent_at: Any, write_key: Any) -> Body:
    """The same items, each as it is, or as a text where something is wrong with it."""
    items = [msgspec.json.encode(text) if _wrong_with(text) else text.encode() for text in texts]
    body = msgspec.json.encode({"batch": [Raw(item) for item in items], "sentAt": sent_at if isinstance(sent_at, str) else None})
    return Body(body, len(items), _key(write_key))


def _lenient(body: bytes, problem: str) -> Body:
    """Python's own reader also takes NaN and half a surrogate pair, which some libraries send: the items that hold them are put aside."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed(f"This is not JSON: {problem}.") from None
    if not isinstance(read, dict) or not isinstance(read.get("batch"), list):
        raise Malformed('Not the structure that is asked for: {"batch": [object, …]}.')
    return _again([json.dumps(item) for item in read["batch"]], read.get("sentAt"), read.get("writeKey"))


def _wrong_with(text: str) -> str:
    if len(text.encode()) > ITEM_BYTES:
        return f"larger than {ITEM_BYTES:,} bytes"
    try:
        _anything.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        return f"not JSON: {problem}"[:300]
    return ""

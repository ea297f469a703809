"""The words of the product: what code and templates say, and what the Dutch catalogue makes of it.

`.ci/messages` renews `locale/nl/LC_MESSAGES/django.po` with the words that are there now and compiles it; no gettext is needed.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
ROOMS = ("accounts", "customers", "consent", "campaigns", "config")
# What the function takes: the places of message, plural and context among its arguments.
FUNCTIONS = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1, "context"),
    "pgettext_lazy": (1, "context"),
}

Word = tuple[str, str | None, str | None]


def said() -> dict[Word, list[str]]:
    """Every (message, plural, context) in the product, with the files that say it."""
    found: dict[Word, list[str]] = {}
    for path in sorted(_sources()):
        for word in _words(path):
            found.setdefault(word, []).append(str(path.relative_to(ROOT)))
    return found


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nl")


def missing() -> list[str]:
    """Words without a Dutch translation."""
    known = catalogue()
    return [message for message, plural, context in said() if not _is_translated(known.get(_id(message, plural), context))]


def compiled(known: Catalog) -> bytes:
    from io import BytesIO

    file = BytesIO()
    write_mo(file, known)
    return file.getvalue()


def renew() -> int:
    """Adds new words, drops those nobody says any more, compiles. Returns how many have no translation yet."""
    old = catalogue() if CATALOGUE.exists() else Catalog(locale="nl")
    new = Catalog(locale="nl", project="Portret", version="1", charset="utf-8", creation_date=old.creation_date)
    for (message, plural, context), files in said().items():
        known = old.get(_id(message, plural), context)
        empty = ("", "") if plural else ""
        string = known.string if known and isinstance(known.string, type(empty)) else empty
        new.add(_id(message, plural), string, locations=[(file, None) for file in sorted(set(files))], context=context)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, new, width=140, omit_header=False, include_lineno=False, sort_output=True)
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(catalogue()))
    return len(missing())


def _id(message: str, plural: str | None) -> str | tuple[str, str]:
    return (message, plural) if plural else message


def _is_translated(message: object) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings)


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
    for kind in ("*.html", "*.txt"):
        yield from (ROOT / "templates").rglob(kind)


def _words(path: Path) -> Iterator[Word]:
    if path.suffix == ".py":
        yield from _calls(ast.parse(path.read_text()))
    else:
        yield from _in_template(path)


def _in_template(path: Path) -> Iterator[Word]:
    from django.utils.translation.template import templatize

    source = templatize(path.read_text(), origin=str(path))
    for match in re.finditer(r"\b(n?p?gettext|_)\(", source):
        yield from _calls(_expression(source, match.start()))


def _expression(source: str, start: int) -> ast.AST:
    """The shortest piece from `start` that is whole Python: templates leave noise behind it."""
    for end in (match.end() for match in re.finditer(r"\)", source[start:])):
        try:
            return ast.parse(source[start : start + end].replace("\n", " "), mode="eval")
        except SyntaxError:
            continue
    raise ValueError(f"No whole call at: {source[start : start + 60]}")


def _calls(tree: ast.AST) -> Iterator[Word]:
    for node in ast.walk(tree):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in FUNCTIONS and isinstance(node.args[0], ast.Constant):
            yield _word(FUNCTIONS[name], [argument.value for argument in node.args if isinstance(argument, ast.Constant)])


def _word(places: tuple, arguments: list[str]) -> Word:
    if "context" in places:
        return arguments[1], None, arguments[0]
    return arguments[0], arguments[1] if len(places) > 1 else None, None


if __name__ == "__main__":
    django.setup()
    open_words = renew()
    print(f"{open_words} words have no Dutch translation yet.")  # noqa: T201
    sys.exit(0)

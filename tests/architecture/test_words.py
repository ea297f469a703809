"""Every string is translatable, and Dutch is complete."""

import re

import pytest

from tests import words

# Programs are the same in every language.
TEMPLATES = sorted(path for path in words.ROOT.glob("templates/**/*.html") if path.parent.name != "snippets")
TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
NOT_WORDS = re.compile(
    r"{%\s*blocktrans(late)?\b.*?{%\s*endblocktrans(late)?\s*%}|{%\s*comment.*?{%\s*endcomment\s*%}"
    r"|{% block theme %}.*?{% endblock %}|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->|<style.*?</style>|<script.*?</script>|<svg.*?</svg>"
    r"|<code.*?</code>|&\w+;",
    re.DOTALL,
)
SHOWN_ATTRIBUTES = re.compile(r"\b(?:title|alt|aria-label|placeholder|label)=\"([^\"]*)\"")
PROPER_NAMES = {"Portret", "English", "Nederlands", "API", "CSV", "JSON", "LD", "QR", "SHA"}


def test_dutch_is_complete():
    assert words.missing() == []


def test_the_catalogue_has_no_words_that_nobody_says():
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in words.catalogue() if message.id}
    assert known == {message for message, *_ in words.said()}


def test_the_compiled_catalogue_is_that_of_the_text():
    assert words.CATALOGUE.with_suffix(".mo").read_bytes() == words.compiled(words.catalogue()), "run .ci/messages"


def test_placeholders_survive_translation():
    for message in words.catalogue():
        if message.id:
            originals, translations = ([part] if isinstance(part, str) else list(part) for part in (message.id, message.string))
            for translation in translations:
                assert placeholders(translation) == placeholders(originals[-1]), message.id


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[0-9.]*[sdf]|%[sd]", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(words.ROOT / "templates")))
def test_no_template_shows_words_past_the_catalogue(path):
    assert [word for word in shown(path.read_text()) if word not in PROPER_NAMES] == []


def shown(template: str) -> list[str]:
    bare = NOT_WORDS.sub(" ", template)
    attributes = " ".join(SHOWN_ATTRIBUTES.findall(bare))
    text = TAG.sub(" ", bare)
    return re.findall(r"[^\W\d_]{2,}", f"{text} {attributes}")

"""The house rules that a machine can keep (docs/architecture.md): sizes, names, words at the door, nothing that happens by itself."""

import ast
import re
import statistics

import pytest

from tests.words import ROOMS, ROOT

CODE = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
TREES = {path: ast.parse(path.read_text()) for path in CODE}
FUNCTIONS = [(path, node) for path, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
DRAWERS = {"services", "selectors", "utils", "helpers", "common", "misc", "core", "actions", "managers", "lib"}
OTHER_WORDS = {"contact", "lead", "person", "recipient", "blast", "subscriber"}
# Words of others that stand in their interfaces: Django's mail functions name recipients.
BORROWED = {"recipients", "recipient_list"}

each_file = pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))


def length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


@each_file
def test_no_file_is_a_drawer_or_outgrows_its_noun(path):
    assert path.stem not in DRAWERS
    assert len(path.read_text().splitlines()) <= 400


@each_file
def test_every_module_says_at_the_door_what_it_is(path):
    assert ast.get_docstring(TREES[path]) or not path.read_text().strip()


def test_functions_are_small():
    assert [f"{path.name}:{node.name}" for path, node in FUNCTIONS if length(node) > 40] == []
    assert statistics.median(length(node) for _, node in FUNCTIONS) <= 8


def test_views_and_tasks_are_thin():
    views = [node for path, node in FUNCTIONS if "views" in path.parts]
    tasks = [node for path, node in FUNCTIONS if path.name == "tasks.py"]
    assert [node.name for node in views if length(node) > 15] == []
    assert [node.name for node in tasks if length(node) > 5] == []


def test_public_functions_have_typed_signatures():
    loose = [
        f"{path.name}:{node.name}({argument.arg})"
        for path, node in FUNCTIONS
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if argument.annotation is None and argument.arg not in ("self", "cls")
    ]
    assert loose == []


@each_file
def test_nothing_happens_by_itself(path):
    """No signals of our own, no registries, no settings read at import time outside config."""
    text = path.read_text()
    assert not re.search(r"@receiver|django\.db\.models\.signals|celery\.signals|signal\w*\.connect\(", text)
    if path.relative_to(ROOT).parts[0] != "config":
        module_level = [node for node in TREES[path].body if isinstance(node, ast.Assign | ast.AnnAssign)]
        assert not any(re.search(r"\bsettings\.[A-Z]", ast.unparse(node)) for node in module_level)


@each_file
def test_one_word_a_thing(path):
    names = {node.id for node in ast.walk(TREES[path]) if isinstance(node, ast.Name)} | {node.name for _, node in FUNCTIONS}
    parts = {part for name in names - BORROWED for part in re.split(r"_|(?<=[a-z])(?=[A-Z])", name.lower())}
    assert parts & OTHER_WORDS == set()


def test_templates_and_scripts_stay_small():
    long = [
        f"{path.name}: {len(path.read_text().splitlines())}"
        for pattern in ("templates/**/*.html", "static/js/*.js")
        for path in ROOT.glob(pattern)
        if len(path.read_text().splitlines()) > 150
    ]
    assert long == []


def test_a_view_its_address_and_its_page_have_one_stem():
    """accounts/views/team.py:member_list = accounts:member_list = templates/accounts/member_list.html."""
    from tests.architecture.test_addresses import TENANT_ADDRESSES

    for _route, name, view, _kinds in TENANT_ADDRESSES:
        assert view.__name__ == name.partition(":")[2]


def test_every_view_of_the_api_runs_in_the_scope_of_its_key():
    views = [(path, node) for path, node in FUNCTIONS if any("api_view" in ast.unparse(name) for name in node.decorator_list)]
    assert views
    assert [node.name for _, node in views if "in_scope" not in map(ast.unparse, node.decorator_list)] == []


def test_pages_hold_no_inline_script_or_style():
    for path in ROOT.glob("templates/**/*.html"):
        if "emails" in path.parts or "email" in path.parts:
            continue
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text), path
        assert not re.search(r"\sstyle=|\son(click|load|change|submit)=|javascript:", text), path

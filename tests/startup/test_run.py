"""`run.py`: any Python >= 3.8 reads it, it makes the environment once, and it repairs an unfinished one."""

import ast
import re
import shutil
import subprocess
import sys

import pytest

import run
from tests.startup import product

START_UP = 'import sys; print("handed over", *sys.argv[1:])\n'


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """run.py with the smallest of our pinned packages, and a start-up that only says that it was reached."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "config" / "startup").mkdir(parents=True)
    (folder / "config" / "startup" / "__main__.py").write_text(START_UP)
    for name in ("run.py", "requirements-uv.lock"):
        shutil.copy(product.CHECKOUT / name, folder)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text(pinned("typing-extensions"))
    return folder


def pinned(package: str) -> str:
    lock = (product.CHECKOUT / "requirements.lock").read_text()
    return re.search(rf"^{package}==(?:.*\\\n)+.*\n", lock, re.MULTILINE)[0]


def start(checkout, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "run.py", *words], cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def test_python_3_8_reads_it():
    ast.parse((product.CHECKOUT / "run.py").read_text(), feature_version=(3, 8))


def test_only_the_standard_library_is_imported():
    tree = ast.parse((product.CHECKOUT / "run.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= set(sys.stdlib_module_names)


def test_two_starts_at_once_make_one_environment(checkout):
    outputs = [said(process) for process in (start(checkout), start(checkout, "--port", "1"))]
    assert ["handed over" in output for output in outputs] == [True, True]
    assert sum("Making .venv" in output for output in outputs) == 1


def test_next_start_installs_nothing(checkout):
    assert said(start(checkout, "manage", "check")) == "handed over manage check\n"


def test_test_command_wants_the_developers_packages_once(checkout):
    assert "Installing the packages of requirements-dev.lock" in said(start(checkout, "--state", "x", "test", "-x"))
    assert said(start(checkout, "test")) == "handed over test\n"
    assert said(start(checkout)) == "handed over\n"


def test_changed_lock_is_installed_again(checkout):
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert "Installing the packages of requirements.lock" in said(start(checkout))
    assert said(start(checkout)) == "handed over\n"


def test_unfinished_environment_is_made_anew(checkout):
    (checkout / ".venv" / "unfinished").touch()
    assert "Making .venv" in said(start(checkout))
    assert not (checkout / ".venv" / "unfinished").exists()


def test_wrong_hash_is_refused_and_leaves_no_stamp(checkout):
    good = (checkout / "requirements.lock").read_text()
    (checkout / "requirements.lock").write_text(re.sub(r"sha256:[0-9a-f]{60}", "sha256:" + "0" * 60, good))
    shutil.rmtree(checkout / ".venv")
    process = start(checkout)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "portret: The packages could not be installed" in output
    assert "Traceback" not in output
    (checkout / "requirements.lock").write_text(good)
    assert "handed over" in said(start(checkout))


def test_an_interpreter_is_found():
    assert run.fits(run.find_python())


def test_interpreter_that_the_user_names_is_taken(monkeypatch):
    monkeypatch.setenv("PORTRET_PYTHON", sys.executable)
    assert run.find_python() == sys.executable


def test_interpreter_that_does_not_work_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PORTRET_PYTHON", str(tmp_path / "python"))
    with pytest.raises(run.CannotInstall, match=r"PORTRET_PYTHON is .* not a working Python 3.12"):
        run.find_python()


def test_dead_stand_in_is_passed_over(tmp_path):
    dead = tmp_path / "python3.12"
    dead.write_text("#!/bin/sh\nexit 127\n")
    dead.chmod(0o755)
    assert run.version_of(str(dead)) is None


def test_nothing_to_install_with_is_explained(monkeypatch):
    monkeypatch.setattr(run, "find_python", lambda: None)
    monkeypatch.setattr(run, "find_uv", lambda: None)
    with pytest.raises(run.CannotInstall, match="none that could be found"):
        run.installers()


@pytest.mark.parametrize(
    ("words", "command"),
    [([], "serve"), (["--port", "80", "test"], "test"), (["--port=80", "bench", "x"], "bench"), (["manage", "test"], "manage")],
)
def test_command_is_found_behind_options(words, command):
    assert run.command_of(words) == command


def test_locks_agree():
    """The developer's lock holds the other one, with the same pins, and no lock holds an address."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", (product.CHECKOUT / name).read_text(), re.MULTILINE))

    assert pins("requirements-server.lock") <= pins("requirements.lock") <= pins("requirements-dev.lock")
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-server.lock", "requirements-uv.lock"):
        assert "://" not in (product.CHECKOUT / name).read_text()

"""The command line: what it explains, and what it refuses."""

from pathlib import Path

import pytest

from config.startup import options, testing
from tests.startup import product

WORDS = ("serve", "test", "manage", "bench", "--port", "--state", "--metrics-port", "PORTRET_STATE", "DATABASE_URL", "CELERY_BROKER_URL")


@pytest.mark.parametrize("word", WORDS)
def test_help_explains_everything(word, capsys):
    with pytest.raises(SystemExit):
        options.read(["--help"])
    assert word in capsys.readouterr().out


def test_defaults(monkeypatch):
    monkeypatch.delenv("PORTRET_STATE", raising=False)
    found = options.read([])
    assert (found.command, found.host, found.port, found.metrics_port) == ("serve", "127.0.0.1", 8000, 9463)
    assert found.state == product.CHECKOUT / "var"


def test_state_comes_from_the_environment_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("PORTRET_STATE", "/srv/portret")
    assert options.read([]).state == Path("/srv/portret")
    assert options.read(["--state", "/elsewhere"]).state == Path("/elsewhere")


@pytest.mark.parametrize(("port", "metrics"), [("8080", 9543), ("65000", 63537)])
def test_metrics_follow_the_port(port, metrics):
    assert options.read(["--port", port]).metrics_port == metrics


def test_arguments_of_a_command_are_its_own():
    found = options.read(["--port", "8080", "manage", "shell", "--port", "1", "-c", "pass"])
    assert (found.port, found.arguments) == (8080, ["shell", "--port", "1", "-c", "pass"])


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "x"], ["--metrics-port", "65536"], ["dance"]])
def test_wrong_words_are_refused(words, capsys):
    with pytest.raises(SystemExit) as stop:
        options.read(words)
    assert stop.value.code == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-n", "4"], ["-n0"], ["-p", "no:xdist"], ["--pdb"]])
def test_number_of_test_processes_may_be_chosen(words):
    assert testing._processes(words) == []


def test_benchmarks_are_listed_and_a_wrong_name_is_explained(folder):
    assert product.run("bench", state=folder).returncode == 0
    done = product.run("bench", "no-such-thing", state=folder)
    assert done.returncode == 1
    assert "There is no benchmark 'no-such-thing'" in done.stderr


def test_test_command_passes_pytests_status_on_and_cleans_up(folder):
    done = product.run("test", "--version", state=folder, TMPDIR=str(folder))
    assert done.returncode == 0, done.stderr
    assert "pytest" in done.stdout + done.stderr
    assert list(folder.glob("portret-throwaway-*")) == []

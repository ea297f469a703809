"""The state folder: private, with lasting secrets, sockets that are never too far away, and one holder at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.startup.errors import CannotStart
from config.startup.state import LONGEST_SOCKET_FOLDER, Lock, empty, open_state
from tests.startup.product import CHECKOUT


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_is_closed(folder):
    state = open_state(folder / "state")
    assert mode(state.root) == (0o711 if os.geteuid() == 0 else 0o700)
    assert {mode(state.root / name) for name in ("secrets", "log", "mail", "files", "valkey")} == {0o700}


def test_secret_is_made_once(folder):
    state = open_state(folder / "state")
    assert state.secret_key == open_state(folder / "state").secret_key
    assert len(state.secret_key) >= 50
    assert mode(state.secrets / "secret-key") == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00"], ids=["empty", "blank", "binary"])
def test_secret_that_is_damaged_is_told_and_not_used(folder, content):
    state = open_state(folder / "state")
    assert state.first_password
    state.password_file.write_bytes(content)
    with pytest.raises(CannotStart, match="is damaged"):
        assert state.first_password


@pytest.mark.parametrize("name", ['quo"te', "dol$lar"])
def test_path_that_the_tools_of_postgres_cannot_take_is_told(folder, name):
    with pytest.raises(CannotStart, match="cannot take"):
        open_state(folder / name)


def test_secrets_differ(folder):
    assert open_state(folder / "one").secret_key != open_state(folder / "two").secret_key


def test_sockets_of_a_deep_folder_are_elsewhere_and_found_again(folder, monkeypatch):
    deep = folder / ("d" * 60) / ("e" * 60)
    sockets = open_state(deep).run
    assert len(os.fsencode(sockets)) <= LONGEST_SOCKET_FOLDER
    monkeypatch.setenv("TMPDIR", str(folder))
    assert open_state(deep).run == sockets
    sockets.rmdir()
    assert open_state(deep).run.is_dir()
    sockets.rmdir()


def test_folder_that_cannot_be_made_is_explained(folder):
    (folder / "file").write_text("")
    with pytest.raises(CannotStart, match=r"cannot be used: Not a directory. Choose another one with --state DIR"):
        open_state(folder / "file" / "state")


def test_lock_has_one_holder_and_names_him(folder):
    state = open_state(folder / "state")
    first, second = Lock(state), Lock(state)
    assert first.take("serve", url="http://127.0.0.1:8000")
    assert not second.take("manage")
    assert second.holder() == {"pid": os.getpid(), "command": "serve", "url": "http://127.0.0.1:8000"}
    first.release()
    assert second.take("manage")
    second.release()


def test_lock_of_a_killed_process_is_free(folder):
    code = (
        "import os, sys; from pathlib import Path; from config.startup.state import *; "
        "lock = Lock(open_state(Path(sys.argv[1]))); assert lock.take('serve'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / "state")], cwd=CHECKOUT, check=False)
    lock = Lock(open_state(folder / "state"))
    assert lock.take("serve")
    lock.release()


def test_empty_keeps_the_folder(folder):
    state = open_state(folder / "state")
    (state.metrics / "old.db").write_text("x")
    empty(state.metrics)
    assert list(state.metrics.iterdir()) == []

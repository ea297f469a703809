"""A state folder for each test, where PostgreSQL's own user can reach it when the tests run as root: pytest's folders are closed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.startup import product


@contextmanager
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portret-test-"))
    folder.chmod(0o711)
    yield folder
    for pid in product.belonging_to(folder):  # what a failed test left running
        product.kill(pid)
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made

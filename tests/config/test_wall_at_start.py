"""Web and worker refuse to start on a database that would not keep tenants apart."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import databases

ROOT = Path(__file__).parents[2]
STARTS = {
    "web": [sys.executable, "-c", "import config.wsgi"],
    "worker": [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo"],
    "the check": [sys.executable, "manage.py", "check_wall"],
}


def start(command: list[str], url: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "DATABASE_URL": url, "C_FORCE_ROOT": "1"}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS.keys())
def test_none_starts_behind_a_broken_wall(scratch, command):
    databases.as_owner("DROP POLICY tenant_only ON accounts_membership", database=scratch)
    result = start(command, databases.address(scratch))
    assert result.returncode != 0
    assert "Policy tenant_only of accounts_membership is missing." in result.stderr


@pytest.mark.parametrize("command", [STARTS["web"], STARTS["the check"]], ids=["web", "the check"])
def test_none_starts_as_the_owner_of_the_tables(scratch, command):
    result = start(command, databases.address(scratch, alias="owner"))
    assert result.returncode != 0
    assert "owns tables" in result.stderr


def test_web_starts_behind_a_wall_that_stands(scratch):
    assert start(STARTS["web"], databases.address(scratch)).returncode == 0


def test_web_starts_without_a_database_and_waits_for_it(scratch):
    result = start(STARTS["web"], "postgresql://portret@127.0.0.1:1/portret")
    assert result.returncode == 0, result.stderr

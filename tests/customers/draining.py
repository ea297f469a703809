"""Drains that kill themselves, one before each statement: python -m tests.customers.draining TENANT_ID. Says how many died.

Each is a fork of this process, which itself never talks to the database. The first that lives to the end is the last.
"""

import itertools
import os
import signal
import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from accounts.models import Tenant  # noqa: E402
from customers.ingest import drain as inbox  # noqa: E402


class Killer:
    """Counts every statement that goes through Django, and dies before the n-th."""

    def __init__(self, last: int) -> None:
        self.last, self.seen = last, 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: dict) -> Any:
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def drain(tenant_id: int, last: int) -> None:
    tenant = Tenant.objects.get(pk=tenant_id)
    with connection.execute_wrapper(Killer(last)):
        inbox.drain(tenant)


def main() -> None:
    for number in itertools.count(1):
        child = os.fork()
        if child == 0:
            drain(int(sys.argv[1]), number)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            sys.stdout.write(str(number - 1))
            return


if __name__ == "__main__":
    main()

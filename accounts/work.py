"""Starting work: a task's name in, a message to the broker out after the commit; `TenantTask` runs behind the wall of its tenant."""

import logging
from typing import Any

from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts import tenancy
from accounts.models import Tenant

logger = logging.getLogger(__name__)


class NoTenant(TypeError):
    """A tenant task was started without `tenant_id`. A mistake in the code; a retry does not help."""


class TenantTask(Task):
    """Base of every task that touches tenant tables: takes `tenant_id`, opens that scope, refuses to run without."""

    abstract = True

    def __call__(self, *args: Any, tenant_id: int | None = None, **options: Any) -> Any:
        if tenant_id is None:
            raise NoTenant(f"{self.name} runs for one tenant: give it tenant_id=….")
        with tenancy.scope(Tenant.objects.get(pk=tenant_id)):
            return self.run(*args, **options)


def enqueue(name: str, **arguments: Any) -> None:
    """Starts a task once the transaction is committed. The work stands in the database: if the broker is down, beat starts it later."""
    transaction.on_commit(lambda: start(name, **arguments), robust=True)


def start(name: str, **arguments: Any) -> None:
    """Starts a task now, for work that is committed already. Asks nothing of the database; a broker that is down is no error."""
    try:
        current_app.send_task(name, kwargs=arguments, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("the broker did not answer; the work waits for the next tick", extra={"task": name})

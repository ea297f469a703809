"""The Celery application. Celery starts work; what there is to do stands in PostgreSQL, so a lost message is only a delay."""

import os
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portret")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Wall(bootsteps.Step):
    """Before a worker forks: it does not start behind a broken tenant wall."""

    def __init__(self, worker: Any, **options: Any) -> None:
        from config import wall  # here: Django is set up by now, and not yet where Celery is first loaded

        wall.refuse_if_broken()
        super().__init__(worker, **options)


app.steps["worker"].add(Wall)

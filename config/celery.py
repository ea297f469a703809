"""The Celery application. Celery starts work; what there is to do stands in PostgreSQL, so a lost message is only a delay."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portret")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

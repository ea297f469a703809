"""Wires the rooms together: settings, addresses, Celery, start-up. May import everything; nothing imports it."""

from config.celery import app as celery

__all__ = ["celery"]

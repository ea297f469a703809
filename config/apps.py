"""Tells Django that this room exists: it has the commands that start the product, and Celery, which tasks bind to."""

from django.apps import AppConfig

from config.celery import app

__all__ = ["Config", "app"]


class Config(AppConfig):
    name = "config"

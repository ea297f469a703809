"""Tells Django that this room exists: it has the commands that start the product."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "config"

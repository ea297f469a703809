"""Tells Django that this room exists."""

from django.apps import AppConfig


class Campaigns(AppConfig):
    name = "campaigns"

"""Tells Django that this room exists."""

from django.apps import AppConfig


class Consent(AppConfig):
    name = "consent"

"""Tells Django that this room exists."""

from django.apps import AppConfig


class Customers(AppConfig):
    name = "customers"

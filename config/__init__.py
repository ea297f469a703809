"""Wires the rooms together: settings, addresses, Celery, start-up. May import everything; nothing imports it."""

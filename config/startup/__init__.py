"""Starts Portret as one product: PostgreSQL, Valkey, web, worker, beat and metrics under one supervisor. Not Django."""

"""Tenants, users, roles, keys, audit and the wall between tenants. The ground floor: calls nothing of ours."""

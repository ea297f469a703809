"""A connection that goes back to the pool in, the same without any trace of its last use out."""

from psycopg import Connection

# Cursors, temporary tables, channels, settings and locks of one scope must not be there in the next one, of another tenant.
# RESET ALL also takes Django's time zone, which is UTC (config.settings).
FORGET = "CLOSE ALL; DISCARD TEMP; UNLISTEN *; RESET ALL; SET TIME ZONE 'UTC'; SELECT pg_advisory_unlock_all()"


def forget(connection: Connection) -> None:
    """What psycopg's pool calls (`reset`) before it hands a connection on."""
    connection.autocommit = True
    connection.execute(FORGET)

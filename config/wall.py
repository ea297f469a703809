"""What web and worker do first: refuse to start behind a broken tenant wall, with one line that says what to repair."""

import sys

from django.db import OperationalError, connection

from accounts.tenancy import inspection


def refuse_if_broken() -> None:
    """Ends the process when the wall does not stand. A database that is down may come back; then the first scope looks."""
    try:
        inspection.check_once(connection)
    except inspection.WallBroken as fault:
        sys.exit(f"Portret cannot start: {fault}")
    except OperationalError:
        return
    finally:
        connection.close()

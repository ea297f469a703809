"""The WSGI application that the web server loads; refuses to start behind a broken tenant wall."""

import os
import sys

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()


def refuse_broken_wall() -> None:
    """A database that is down may come back; then the first scope looks at the wall."""
    from accounts.tenancy import inspection

    try:
        inspection.check_once(connection)
    except inspection.WallBroken as fault:
        sys.exit(f"Portret cannot start: {fault}")
    except OperationalError:
        return
    finally:
        connection.close()


refuse_broken_wall()

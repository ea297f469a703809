"""The WSGI application that the web server loads; refuses to start behind a broken tenant wall."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config import wall  # noqa: E402 - needs Django, which has just been set up

wall.refuse_if_broken()

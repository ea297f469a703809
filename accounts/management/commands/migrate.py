"""Django's migrate, as the owner of the tables: the app role may change rows, never tables."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

# What the owner makes from now on, the app role may read and write, never truncate, reference or alter.
GRANTS = """
GRANT USAGE ON SCHEMA public TO "{app}";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{app}";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO "{app}"
"""


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is missing: migrations run as the role that owns the tables.")
        app_role = settings.DATABASES["default"]["USER"]
        with connections[options["database"]].cursor() as cursor:
            cursor.execute(GRANTS.format(app=app_role))
        super().handle(*args, **options)
        call_command("createcachetable", database=options["database"], verbosity=0)

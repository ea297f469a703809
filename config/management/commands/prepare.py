"""Everything between a fresh database and a running product, in one process: migrate, cache table, first operator, static files."""

import os
from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import BaseCommand, call_command

from accounts.models import User


class Command(BaseCommand):
    help = "Migrates, makes the first operator from PORTRET_FIRST_EMAIL and PORTRET_FIRST_PASSWORD, collects static files with --static."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--static", action="store_true", help="collect static files as well")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        self._first_operator()
        if options["static"]:
            call_command("collectstatic", verbosity=0, interactive=False)
        call_command("check_wall", verbosity=0)

    def _first_operator(self) -> None:
        email, password = os.environ.get("PORTRET_FIRST_EMAIL"), os.environ.get("PORTRET_FIRST_PASSWORD")
        if not (email and password) or User.objects.exists():
            return
        user = User.objects.create_superuser(email, password)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

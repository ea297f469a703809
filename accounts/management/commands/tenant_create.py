"""Makes an organisation and its first owner, so that a script can start from nothing. Prints JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import organisation
from accounts.audit import SYSTEM
from accounts.models import Tenant, User


class Command(BaseCommand):
    help = "Makes an organisation. Who has no account yet gets one without a password: it is set with “forgotten password”."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", required=True, help="its address: small letters, digits and hyphens")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--currency", type=str.upper)
        parser.add_argument("--country", type=str.upper)
        parser.add_argument("--time-zone")

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in ("name", "slug", "currency", "country", "time_zone") if options[name]}
        tenant = Tenant(**given)
        try:
            validate_email(options["owner"])
            tenant.full_clean()
            owner = self._owner(options["owner"].strip().lower())
            organisation.found(tenant, by=owner, actor=SYSTEM)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        except organisation.TooManyFounded:
            raise CommandError("This owner has founded many organisations today. Try again tomorrow.") from None
        self.stdout.write(json.dumps({"slug": tenant.slug, "name": tenant.name, "owner": owner.email, "path": tenant.get_absolute_url()}))

    def _owner(self, email: str) -> User:
        owner = User.objects.filter(email=email).first()
        if owner is None:
            owner = User.objects.create_user(email)
            EmailAddress.objects.create(user=owner, email=email, verified=True, primary=True)
        return owner

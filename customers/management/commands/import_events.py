"""Takes in events of one type from a CSV file: `manage import_events --tenant acme --source Shop FILE --type "Order Completed"`."""

from argparse import ArgumentParser
from typing import Any

from customers.management.importing import ImportCommand
from customers.models import Import


class Command(ImportCommand):
    help = "Takes in events of one type, such as purchases, from a CSV file. The last line is a JSON summary."
    kind = Import.Kind.EVENTS

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--type", required=True, metavar="NAME", help='such as "Order Completed"')
        parser.add_argument("--currency", type=str.upper, default="", metavar="EUR", help="of the amounts; without: the organisation's")

    def values(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"event_type": options["type"]}

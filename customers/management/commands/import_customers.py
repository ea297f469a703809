"""Takes in customers from a CSV file: `manage import_customers --tenant acme --source Shop FILE --map email=E-mail`."""

from customers.management.importing import ImportCommand
from customers.models import Import


class Command(ImportCommand):
    help = "Takes in customers from a CSV file. The last line is a JSON summary."
    kind = Import.Kind.CUSTOMERS

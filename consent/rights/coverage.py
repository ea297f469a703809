"""Every table in, what it holds of customers out: said by the models themselves, so that none is forgotten (DS3). Leaves no row."""

from typing import NamedTuple

from django.db.models import Model

from accounts.holding import Holding
from accounts.tenancy import inspection


class Held(NamedTuple):
    model: type[Model]
    holding: Holding

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def everything() -> list[Held]:
    """Of every tenant table; a model that does not say what it holds is an error here and in the tests."""
    return [Held(model, model.holds) for model in inspection.tenant_models()]


def of_customers() -> list[Held]:
    """Tables whose rows go with a customer: the customer's own row last, because others point at it."""
    held = [each for each in everything() if each.holding.columns]
    return sorted(held, key=lambda each: each.holding.columns == ("id",))


def in_text() -> list[Held]:
    return [each for each in everything() if each.holding.texts]


def kept() -> list[Held]:
    """What stays of a customer who is erased, and why."""
    return [each for each in everything() if each.holding.why and each.holding.what and each.holding.why != "of a colleague"]

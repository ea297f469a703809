"""Every table says what it holds of people (DS3)."""

from django.apps import apps

from accounts.holding import Holding
from accounts.tenancy import inspection
from consent.rights import coverage
from tests.architecture.test_wall import GLOBAL

# Global tables: of colleagues, who are no customers, or of nobody. Each looked at.
OF_COLLEAGUES = {
    "accounts.OutgoingMail",  # holds a mail until it is sent, then nothing; given up after nine hours
    "accounts.Tenant_users",
    "accounts.User",
    "accounts.User_groups",
    "accounts.User_user_permissions",
    "account.EmailAddress",
    "account.EmailConfirmation",
    "admin.LogEntry",
    "mfa.Authenticator",
    "sessions.Session",
    "usersessions.UserSession",
}


def test_every_model_says_what_it_holds_ds3():
    undeclared = [model._meta.label for model in inspection.tenant_models() if not isinstance(getattr(model, "holds", None), Holding)]
    assert undeclared == []


def test_a_global_model_holds_no_customer_ds3():
    plumbing = {label for label in GLOBAL if label.split(".")[0] in ("auth", "contenttypes", "django_celery_beat")} | {"accounts.Tenant"}
    assert plumbing | OF_COLLEAGUES == GLOBAL
    assert {model._meta.label for model in apps.get_models(include_auto_created=True)} >= OF_COLLEAGUES


def test_what_points_at_a_customer_goes_with_them_or_says_why_not_ds3():
    """Whatever has a column with the id of a customer is not declared as nobody's."""
    for model in inspection.tenant_models():
        columns = [
            f.column for f in model._meta.local_fields if "customer" in f.column or getattr(f.related_model, "__name__", "") == "Customer"
        ]
        if columns and model.__name__ != "Customer":
            assert set(columns) <= {*model.holds.columns} or model.holds.why not in ("", "of a colleague"), model


def test_columns_that_are_named_exist_ds3():
    for held in coverage.everything():
        real = {field.column for field in held.model._meta.local_fields}
        assert {*held.holding.columns, *held.holding.texts} <= real, held.model

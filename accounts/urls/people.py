"""Addresses that belong to a person, not to a tenant."""

from django.urls import path

from accounts.views import people

urlpatterns = [
    path("", people.home, name="home"),
    path("organisations/", people.tenant_list, name="tenant_list"),
    path("organisations/new/", people.tenant_create, name="tenant_create"),
    path("appearance/", people.appearance_change, name="appearance_change"),
    path("second-factor/", people.second_factor_needed, name="second_factor_needed"),
    path("second-factor/code.svg", people.totp_qr, name="totp_qr"),
]

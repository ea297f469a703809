"""Addresses of imports."""

from django.urls import URLPattern, path

from customers.views import imports

urlpatterns: list[URLPattern] = [
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_create, name="import_create"),
    path("imports/<public:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<public:import_id>/columns/", imports.import_mapping, name="import_mapping"),
    path("imports/<public:import_id>/start/", imports.import_start, name="import_start"),
    path("imports/<public:import_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<public:import_id>/errors.csv", imports.import_errors, name="import_errors"),
]

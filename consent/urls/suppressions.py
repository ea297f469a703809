"""Blocked addresses."""

from django.urls import URLPattern, path

from consent.views import suppressions

urlpatterns: list[URLPattern] = [
    path("blocked-addresses/", suppressions.suppression_list, name="suppression_list"),
    path("blocked-addresses/search/", suppressions.suppression_search, name="suppression_search"),
    path("blocked-addresses/new/", suppressions.suppression_create, name="suppression_create"),
    path("blocked-addresses/<public:suppression_id>/lift/", suppressions.suppression_lift, name="suppression_lift"),
]

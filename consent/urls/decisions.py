"""Decisions of the gate."""

from django.urls import URLPattern, path

from consent.views import decisions

urlpatterns: list[URLPattern] = [path("decisions/", decisions.decision_list, name="decision_list")]

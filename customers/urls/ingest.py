"""Addresses of the doors of sources, under /v1/, as the libraries of Segment know them; with and without a slash at the end."""

from django.urls import re_path

from customers import doors

app_name = "ingest"
urlpatterns = [
    re_path(r"^(?:batch|b|import)/?$", doors.batch, name="batch"),
    re_path(r"^(?P<kind>identify|track|page|screen|group|alias|[itpsga])/?$", doors.call, name="call"),
    re_path(r"^m/?$", doors.metrics, name="metrics"),
    re_path(r"^projects/(?P<write_key>[^/]{1,80})/settings/?$", doors.settings, name="settings"),
]

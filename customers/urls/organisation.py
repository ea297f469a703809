"""Addresses behind the wall, under /t/<tenant>/, a list a subject."""

from customers.urls import customers, imports, segments, sources

app_name = "customers"
urlpatterns = [*customers.urlpatterns, *sources.urlpatterns, *imports.urlpatterns, *segments.urlpatterns]

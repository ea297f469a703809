"""Purposes, and the record of processing that is made of them."""

from django.urls import URLPattern, path

from consent.views import processing, purposes

urlpatterns: list[URLPattern] = [
    path("purposes/", purposes.purpose_list, name="purpose_list"),
    path("purposes/new/", purposes.purpose_create, name="purpose_create"),
    path("purposes/start/", purposes.purpose_start, name="purpose_start"),
    path("purposes/record/", processing.processing_record, name="processing_record"),
    path("purposes/record/export/", processing.processing_export, name="processing_export"),
    path("purposes/<public:purpose_id>/", purposes.purpose, name="purpose"),
    path("purposes/<public:purpose_id>/change/", purposes.purpose_change, name="purpose_change"),
    path("purposes/<public:purpose_id>/publish/", purposes.purpose_publish, name="purpose_publish"),
    path("purposes/<public:purpose_id>/archive/", purposes.purpose_archive, name="purpose_archive"),
]

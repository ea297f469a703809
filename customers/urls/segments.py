"""Addresses of segments."""

from django.urls import URLPattern, path

from customers.views import lifecycle, membership, segments

urlpatterns: list[URLPattern] = [
    path("segments/", segments.segment_list, name="segment_list"),
    path("segments/new/", segments.segment_start, name="segment_start"),
    path("segments/create/", segments.segment_create, name="segment_create"),
    path("segments/preview/", segments.segment_preview, name="segment_preview"),
    path("segments/rule.schema.json", segments.rule_schema, name="rule_schema"),
    path("segments/lifecycle/", lifecycle.lifecycle_change, name="lifecycle_change"),
    path("segments/<public:segment_id>/", segments.segment, name="segment"),
    path("segments/<public:segment_id>/change/", segments.segment_change, name="segment_change"),
    path("segments/<public:segment_id>/json/", segments.segment_json, name="segment_json"),
    path("segments/<public:segment_id>/versions/", segments.segment_versions, name="segment_versions"),
    path("segments/<public:segment_id>/members/", membership.segment_members, name="segment_members"),
    path("segments/<public:segment_id>/history/", membership.segment_history, name="segment_history"),
    path("segments/<public:segment_id>/why/<public:customer_id>/", membership.segment_why, name="segment_why"),
    path("segments/<public:segment_id>/archive/", segments.segment_archive, name="segment_archive"),
]

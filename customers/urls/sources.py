"""Addresses of sources."""

from django.urls import URLPattern, path

from customers.views import quarantine, sources

urlpatterns: list[URLPattern] = [
    path("sources/", sources.source_list, name="source_list"),
    path("sources/new/", sources.source_create, name="source_create"),
    path("sources/guide/", sources.source_guide, name="source_guide"),
    path("sources/quarantine/", quarantine.quarantine_list, name="quarantine_list"),
    path("sources/quarantine/discard/", quarantine.quarantine_discard, name="quarantine_discard"),
    path("sources/quarantine/<public:item_id>/", quarantine.quarantined_item, name="quarantined_item"),
    path("sources/quarantine/<public:item_id>/discard/", quarantine.quarantined_item_discard, name="quarantined_item_discard"),
    path("sources/<public:source_id>/", sources.source, name="source"),
    path("sources/<public:source_id>/change/", sources.source_change, name="source_change"),
    path("sources/<public:source_id>/key/", sources.source_key_renew, name="source_key_renew"),
    path("sources/<public:source_id>/close/", sources.source_close, name="source_close"),
]

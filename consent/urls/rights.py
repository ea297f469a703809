"""Addresses of rights requests: of those who ask, and of those who answer."""

from django.urls import URLPattern, path

from consent.views import portal_rights

of_customers: list[URLPattern] = [
    path("me/correct/", portal_rights.correct, name="correct"),
    path("me/forget/", portal_rights.forget, name="forget"),
    path("me/wrong/", portal_rights.wrong, name="wrong"),
    path("me/object/", portal_rights.object_to, name="object"),
    path("me/requests/", portal_rights.mine, name="requests"),
    path("me/requests/erase/", portal_rights.erase, name="erase"),
    path("me/requests/unrestrict/", portal_rights.unrestrict, name="unrestrict"),
    path("me/requests/ask/<slug:kind>/", portal_rights.ask, name="ask_right"),
    path("me/requests/<public:request_id>/drop/", portal_rights.drop, name="drop_request"),
    path("me/packages/<public:package_id>/", portal_rights.fetch, name="package"),
]
urlpatterns: list[URLPattern] = []

"""Addresses of rights requests: of those who ask, and of those who answer."""

from django.urls import URLPattern, path

from consent.views import portal_rights, rights

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
urlpatterns: list[URLPattern] = [
    path("rights-requests/", rights.rights_request_list, name="rights_request_list"),
    path("rights-requests/new/", rights.rights_request_create, name="rights_request_create"),
    path("rights-requests/<public:request_id>/", rights.rights_request, name="rights_request"),
    path("rights-requests/<public:request_id>/carry-out/", rights.rights_request_carry_out, name="rights_request_carry_out"),
    path("rights-requests/<public:request_id>/refuse/", rights.rights_request_refuse, name="rights_request_refuse"),
    path("rights-requests/<public:request_id>/extend/", rights.rights_request_extend, name="rights_request_extend"),
    path("rights-requests/<public:request_id>/announce/", rights.rights_request_announce, name="rights_request_announce"),
    path("rights-requests/<public:request_id>/lift/", rights.rights_request_lift, name="rights_request_lift"),
    path("rights-requests/<public:request_id>/drop/", rights.rights_request_drop, name="rights_request_drop"),
    path("rights-requests/<public:request_id>/package/", rights.rights_request_package, name="rights_request_package"),
]

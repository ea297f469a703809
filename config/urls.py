"""Every address of the product, room by room."""

from django.contrib import admin
from django.urls import include, path, register_converter

from accounts.access import PublicIdConverter

register_converter(PublicIdConverter, "public")

urlpatterns = [
    path("", include("accounts.urls.people")),
    path("t/<slug:tenant_slug>/", include("accounts.urls.organisation")),
    path("t/<slug:tenant_slug>/", include("customers.urls.organisation")),
    path("t/<slug:tenant_slug>/", include("consent.urls.organisation")),
    path("p/<slug:tenant_slug>/", include("consent.urls.portal")),
    path("u/", include("consent.urls.one_click")),
    path("v1/", include("customers.urls.ingest")),
    path("account/", include("allauth.urls")),
    path("api/v1/", include("accounts.urls.api")),
    path("api/v1/", include("consent.urls.api")),
    path("admin/", admin.site.urls),
]

handler400 = "config.faults.bad_request"
handler403 = "config.faults.forbidden"
handler404 = "config.faults.not_found"
handler429 = "config.faults.too_many_requests"
handler500 = "config.faults.server_error"

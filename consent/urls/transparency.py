"""The public page, as colleagues see it; and as everybody does, under /p/<tenant>/."""

from django.urls import URLPattern, path

from consent.views import transparency

urlpatterns: list[URLPattern] = [
    path("transparency/", transparency.transparency, name="transparency"),
    path("transparency/publish/", transparency.transparency_publish, name="transparency_publish"),
]
public: list[URLPattern] = [
    path("", transparency.public_page, name="transparency"),
    path("transparency.jsonld", transparency.public_data, name="transparency_data"),
    path("versions/<int:number>/", transparency.public_version, name="transparency_version"),
    path("versions/<int:number>.jsonld", transparency.public_data, name="transparency_version_data"),
]

"""Consent forms, as colleagues make them; and consents that were given elsewhere."""

from django.urls import URLPattern, path

from consent.views import forms, importing

urlpatterns: list[URLPattern] = [
    path("forms/", forms.form_list, name="form_list"),
    path("forms/new/", forms.form_create, name="form_create"),
    path("forms/import/", importing.consent_import, name="consent_import"),
    path("forms/<public:form_id>/", forms.form, name="form"),
    path("forms/<public:form_id>/change/", forms.form_change, name="form_change"),
    path("forms/<public:form_id>/close/", forms.form_close, name="form_close"),
]

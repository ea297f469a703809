"""Consent forms, as colleagues make them."""

from django.urls import URLPattern, path

from consent.views import forms

urlpatterns: list[URLPattern] = [
    path("forms/", forms.form_list, name="form_list"),
    path("forms/new/", forms.form_create, name="form_create"),
    path("forms/<public:form_id>/", forms.form, name="form"),
    path("forms/<public:form_id>/change/", forms.form_change, name="form_change"),
    path("forms/<public:form_id>/close/", forms.form_close, name="form_close"),
]

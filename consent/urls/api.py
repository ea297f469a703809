"""What partners' programs call in this room."""

from django.urls import path

from consent import api

app_name = "consent_api"
urlpatterns = [path("consents", api.consent_list, name="consent_list")]

"""Addresses for partners' programs."""

from django.urls import path

from accounts.api import views

app_name = "api"
urlpatterns = [path("key", views.api_key_detail, name="api_key_detail")]

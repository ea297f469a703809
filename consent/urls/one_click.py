"""The address in the List-Unsubscribe header of every message: /u/<tenant>/<token>."""

from django.urls import path

from consent.views.one_click import one_click

urlpatterns = [path("<slug:tenant_slug>/<str:token>", one_click, name="one_click")]

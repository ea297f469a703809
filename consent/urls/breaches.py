"""Data breaches."""

from django.urls import path

from consent.views import breaches

urlpatterns = [
    path("breaches/", breaches.breach_list, name="breach_list"),
    path("breaches/new/", breaches.breach_create, name="breach_create"),
    path("breaches/reach/", breaches.breach_reach, name="breach_reach"),
    path("breaches/<public:breach_id>/", breaches.breach_change, name="breach_change"),
]

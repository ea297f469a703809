"""Addresses behind the wall, under /t/<tenant>/, a list a subject."""

from consent.urls import breaches, decisions, forms, ledger, purposes, retention, rights, suppressions, transparency

app_name = "consent"
urlpatterns = [
    *purposes.urlpatterns,
    *forms.urlpatterns,
    *rights.urlpatterns,
    *decisions.urlpatterns,
    *suppressions.urlpatterns,
    *ledger.urlpatterns,
    *retention.urlpatterns,
    *transparency.urlpatterns,
    *breaches.urlpatterns,
]

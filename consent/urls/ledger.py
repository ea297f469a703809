"""Addresses of the consent log."""

from django.urls import URLPattern, path

from consent.views import ledger

urlpatterns: list[URLPattern] = [
    path("consent-log/", ledger.ledger_log, name="ledger_log"),
    path("consent-log/events/", ledger.ledger_event_list, name="ledger_event_list"),
    path("consent-log/events/<public:event_id>/", ledger.ledger_event, name="ledger_event"),
    path("consent-log/events/<public:event_id>/receipt/", ledger.ledger_event_receipt, name="ledger_event_receipt"),
    path("consent-log/copies/", ledger.ledger_copies, name="ledger_copies"),
    path("consent-log/copies/<public:copy_id>/remove/", ledger.ledger_copy_remove, name="ledger_copy_remove"),
    path("consent-log/key/", ledger.ledger_key_renew, name="ledger_key_renew"),
    path("consent-log/check/", ledger.ledger_check, name="ledger_check"),
    path("consent-log/export/", ledger.ledger_export, name="ledger_export"),
    path("consent-log/verifier.py", ledger.ledger_verifier, name="ledger_verifier"),
]

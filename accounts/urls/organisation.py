"""Addresses behind the wall, under /t/<tenant>/."""

from django.urls import path

from accounts.views import api_keys, audit_entries, dashboard, invitations, settings, team

app_name = "accounts"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("team/", team.member_list, name="member_list"),
    path("team/roles/", team.role_list, name="role_list"),
    path("team/<public:member_id>/", team.member_change, name="member_change"),
    path("team/<public:member_id>/remove/", team.member_remove, name="member_remove"),
    path("team/invite/", invitations.invitation_create, name="invitation_create"),
    path("team/invitations/<public:invitation_id>/renew/", invitations.invitation_renew, name="invitation_renew"),
    path("team/invitations/<public:invitation_id>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("keys/", api_keys.api_key_list, name="api_key_list"),
    path("keys/new/", api_keys.api_key_create, name="api_key_create"),
    path("keys/<public:key_id>/rotate/", api_keys.api_key_rotate, name="api_key_rotate"),
    path("keys/<public:key_id>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("audit/", audit_entries.audit_entry_list, name="audit_entry_list"),
    path("audit/export/", audit_entries.audit_entry_export, name="audit_entry_export"),
    path("settings/", settings.settings, name="settings"),
    path("settings/organisation/", settings.tenant_change, name="tenant_change"),
    path("settings/identity/", settings.identity_change, name="identity_change"),
    path("settings/brand/", settings.brand_change, name="brand_change"),
    path("settings/brand/logo/", settings.brand_logo, name="brand_logo"),
    path("settings/senders/", settings.sender_list, name="sender_list"),
    path("settings/senders/<public:sender_id>/remove/", settings.sender_remove, name="sender_remove"),
    path("settings/senders/confirm/<str:token>/", settings.sender_confirm, name="sender_confirm"),
]

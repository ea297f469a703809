"""What operators of the installation see: users and tenants. Tables behind the wall are not here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import audit, tenancy
from accounts.audit import Action, Actor
from accounts.models import Tenant, User


@admin.register(User)
class Users(UserAdmin):
    list_display = ["email", "name", "is_active", "is_staff", "joined_at"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["joined_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name"]}),
        (_("Allowed to"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Since"), {"fields": ["joined_at", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """An address is changed by who can read its mail."""
        return [*self.readonly_fields, "email"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The organisations of a user read in their own logs what an operator changed of him."""
        super().save_model(request, obj, form, change)
        for tenant in obj.tenants.all() if change else []:
            with tenancy.scope(tenant):
                audit.record(Actor.of(request), Action.USER_CHANGED, obj, after={"fields": form.changed_data})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Memberships and audit entries name a user: he is made inactive, not deleted."""
        return False


@admin.register(Tenant)
class Tenants(admin.ModelAdmin):
    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["slug", "created_at"]  # addresses, keys and links in mails hold the slug
    fields = ["name", "slug", "time_zone", "requires_second_factor", "created_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        """The organisation reads in its own audit log what an operator changed."""
        before = audit.values_of(Tenant.objects.get(pk=obj.pk))
        with tenancy.scope(obj):
            super().save_model(request, obj, form, change)
            audit.record(Actor.of(request), Action.ORGANISATION_CHANGED, obj, before=before, after=audit.values_of(obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An organisation is founded by who will own it."""
        return False

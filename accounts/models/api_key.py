"""What a partner's program signs in with: scoped, expiring, shown once, stored as a hash."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.permissions import FOR_KEYS, Permission
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user

SCOPES = [(permission.value, permission.label) for permission in FOR_KEYS]
SOON = timedelta(days=14)


class ApiKeyQuerySet(TenantQuerySet):
    def active(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ApiKey(TenantModel):
    name = models.CharField(_("Name"), max_length=100)
    prefix = models.CharField(max_length=12, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=SCOPES), verbose_name=_("Allowed to"))
    purposes = ArrayField(models.SlugField(max_length=50), default=list, blank=True, verbose_name=_("For the purposes"))
    created_by = of_user()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("Expires"))
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, editable=False)
    replaces = TenantForeignKey("self", null=True, editable=False, related_name="+")

    objects = TenantManager.of(ApiKeyQuerySet)
    holds = holding.nobody("keys of programs")

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "prefix"], name="one_api_key_a_prefix"),
            models.UniqueConstraint(fields=["tenant", "replaces"], condition=models.Q(replaces__isnull=False), name="one_successor_a_key"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def expires_soon(self) -> bool:
        return self.is_active and self.expires_at < timezone.now() + SOON

    @property
    def scope_labels(self) -> list[str]:
        return [str(permission.label) for permission in FOR_KEYS if permission in self.scopes]

    def may(self, permission: Permission) -> bool:
        return permission in self.scopes

    def is_for(self, purpose: str) -> bool:
        """Whether the key may use data for this purpose: deny by default (privacy.md PL5)."""
        return purpose in self.purposes

"""A colleague asked into a tenant by mail: expires, works once, and only the hash of its token is kept."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.permissions import Role
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user

LIFETIME = timedelta(days=7)
KEPT_FOR = timedelta(days=30)


def expiry() -> "timezone.datetime":
    return timezone.now() + LIFETIME


class InvitationQuerySet(TenantQuerySet):
    def waiting(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None)

    def forgettable(self) -> "InvitationQuerySet":
        """Ended so long ago that the address has no reason to be here (GDPR Art. 5(1)(e))."""
        return self.filter(expires_at__lt=timezone.now() - KEPT_FOR)


class Invitation(TenantModel):
    email = models.EmailField(_("E-mail"))
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name=_("Roles"))
    may_export = models.BooleanField(_("May export personal data"), default=False)
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = of_user()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=expiry)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TenantManager.of(InvitationQuerySet)
    holds = holding.of_colleague("whom somebody invited")

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="one_invitation_a_token"),
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_waiting_invitation_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        return not (self.accepted_at or self.revoked_at or self.is_expired)

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in Role if role in self.roles]

"""A user in a tenant, with the roles that say what he may do there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.permissions import Permission, Role, permissions_of
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet, of_user


class MembershipQuerySet(TenantQuerySet):
    def owners(self) -> "MembershipQuerySet":
        return self.filter(roles__contains=[Role.OWNER])

    def with_users(self) -> "MembershipQuerySet":
        return self.select_related("user").order_by("user__name", "user__email", "pk")


class Membership(TenantModel):
    user = of_user(verbose_name=_("User"))
    roles = ArrayField(models.CharField(max_length=20, choices=Role), verbose_name=_("Roles"))
    may_export = models.BooleanField(_("May export personal data"), default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager.of(MembershipQuerySet)
    holds = holding.of_colleague("which roles somebody has")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_a_user"),
            models.CheckConstraint(condition=models.Q(roles__len__gte=1), name="membership_has_a_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({', '.join(self.role_labels)})"

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.roles, may_export=self.may_export)

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in Role if role in self.roles]

    @property
    def is_owner(self) -> bool:
        return Role.OWNER in self.roles

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

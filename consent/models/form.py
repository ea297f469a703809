"""Where consent is asked: forms in immutable versions, and what waits for the confirmation of its mail."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


class ConsentForm(TenantModel):
    name = models.CharField(_("Name"), max_length=80)
    source = TenantForeignKey("customers.Source", models.PROTECT, related_name="+")  # what the form tells of customers comes from here
    version = models.PositiveIntegerField(default=0, editable=False)  # the newest published ConsentFormVersion.number; 0 = none
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("forms")

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], condition=models.Q(closed_at=None), name="one_consent_form_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("consent:form", args=[tenancy.current().slug, self.public_id])


class ConsentFormVersion(TenantModel):
    form = TenantForeignKey(ConsentForm, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    # {"purposes": [[purpose key, channel], …], "attributes": [key, …], "sites": [origin, …],
    #  "texts": {language: {"title", "intro", "button", "thanks"}}}
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("forms")
    is_append_only = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "form", "number"], name="one_form_version_a_number")]

    def __str__(self) -> str:
        return f"{self.form_id} · {self.number}"


class PendingConsent(TenantModel):
    """Filled in, not confirmed: not used for anything, and gone after some days. `answers` is sealed with the vault."""

    form_version = TenantForeignKey(ConsentFormVersion, models.CASCADE, related_name="+")
    # Nobody yet for who was erased before: they come back only when it is confirmed.
    customer = TenantForeignKey("customers.Customer", models.CASCADE, null=True, related_name="+")
    token_digest = models.BinaryField()
    answers = models.TextField()
    language = models.CharField(max_length=10)
    message_id = models.CharField(max_length=120)  # of the mail that asks to confirm (CC4)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.of_customer("a form that waits for its confirmation", is_exported=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "token_digest"], name="one_pending_a_token")]
        indexes = [models.Index(fields=["tenant", "expires_at"], name="pending_by_end")]

    def __str__(self) -> str:
        return f"{self.form_version_id} · {self.requested_at:%Y-%m-%d}"

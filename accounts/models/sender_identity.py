"""An address that mail to customers may come from; usable once somebody who reads it has confirmed it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantModel, of_user


class SenderIdentity(TenantModel):
    name = models.CharField(_("Name"), max_length=100)
    email = models.EmailField(_("E-mail"))
    reply_to = models.EmailField(_("Answers go to"), blank=True)
    token_hash = models.CharField(max_length=64, editable=False)
    token_expires_at = models.DateTimeField(editable=False)
    added_by = of_user()
    added_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)

    holds = holding.nobody("addresses of the organisation")

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [models.UniqueConstraint(fields=["tenant", "email"], name="one_sender_an_address")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

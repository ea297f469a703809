"""Who the organisation is for the law: printed in every mail and on every page a customer sees (ePrivacy Art. 13(4), GDPR Art. 13)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantModel


class LegalIdentity(TenantModel):
    legal_name = models.CharField(_("Legal name"), max_length=150)
    street = models.CharField(_("Street and number"), max_length=150)
    postal_code = models.CharField(_("Postal code"), max_length=20)
    city = models.CharField(_("City"), max_length=100)
    country = models.CharField(_("Country"), max_length=100)
    registration_number = models.CharField(_("Registration number"), max_length=50, blank=True)
    privacy_email = models.EmailField(_("E-mail for privacy questions"))
    privacy_name = models.CharField(_("Privacy contact"), max_length=100, blank=True)

    holds = holding.nobody("the organisation itself")

    class Meta:
        verbose_name = _("legal identity")
        verbose_name_plural = _("legal identities")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_legal_identity_a_tenant")]

    def __str__(self) -> str:
        return self.legal_name

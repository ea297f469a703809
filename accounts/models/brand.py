"""The look of the organisation on pages and in mails for its customers: a logo and one colour a theme, checked for contrast."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import contrast, holding
from accounts.tenancy import current
from accounts.tenancy.rows import TenantModel


def logo_path(brand: "Brand", name: str) -> str:
    return f"tenants/{current().pk}/{name}"


class Brand(TenantModel):
    logo = models.FileField(_("Logo"), upload_to=logo_path, blank=True)
    colour = models.CharField(_("Colour on light pages"), max_length=7, blank=True, validators=[contrast.is_readable_on_light])
    colour_dark = models.CharField(_("Colour on dark pages"), max_length=7, blank=True, validators=[contrast.is_readable_on_dark])

    holds = holding.nobody("the organisation itself")

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_brand_a_tenant")]

    def __str__(self) -> str:
        return self.colour or str(_("brand"))

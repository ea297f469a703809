"""The product catalogue, fed by events: what was viewed and bought, with what it is called and costs now."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import holding
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class ProductQuerySet(TenantQuerySet):
    def matching(self, text: str, category: str) -> "ProductQuerySet":
        """Those with this number or a name that begins so, in this category; an empty word asks for nothing."""
        begin = text.strip().lower()
        found = (
            self.filter(models.Q(product_id=text.strip()) | models.Q(name_key__gte=begin, name_key__lt=begin + chr(0x10FFFF)))
            if begin
            else self
        )
        return found.filter(category=category) if category else found

    def categories(self) -> list[str]:
        return list(self.exclude(category="").order_by("category").values_list("category", flat=True).distinct()[:200])


class Product(TenantModel):
    product_id = models.CharField(_("Product number"), max_length=100)
    name = models.CharField(_("Name"), max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True, editable=False, db_collation="C")
    category = models.CharField(_("Category"), max_length=100, blank=True)
    price = models.BigIntegerField(_("Price"), null=True)  # minor units of `currency`
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    url = models.URLField(_("Page"), max_length=500, blank=True)
    image_url = models.URLField(_("Image"), max_length=500, blank=True)
    seen_at = models.DateTimeField(_("Last named"))

    objects = TenantManager.of(ProductQuerySet)
    holds = holding.nobody("what is sold")

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["tenant", "product_id"], name="one_product_a_number")]
        indexes = [
            models.Index(fields=["tenant", "name_key", "id"], name="product_by_name"),
            models.Index(fields=["tenant", "category", "id"], name="product_by_category"),
        ]

    def __str__(self) -> str:
        return self.name or self.product_id

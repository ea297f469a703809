"""Where data come from: one row a source, with the card that answers what it is for, and its health a day."""

import secrets

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user


def new_write_key() -> str:
    """Public by nature: it stands in the pages of a web site. It lets in, and lets nothing out.

    It names its tenant, "acme_Zl3…": whose wall it stands behind must be known before it can be looked up.
    """
    return f"{tenancy.current().slug}_{secrets.token_urlsafe(24)}"


class SourceQuerySet(TenantQuerySet):
    def open(self) -> "SourceQuerySet":
        return self.filter(closed_at=None)


class Source(TenantModel):
    class Kind(models.TextChoices):
        SHOP = "shop", _("Web shop")
        SITE = "site", _("Web site")
        APP = "app", _("App")
        HELPDESK = "helpdesk", _("Helpdesk")
        NEWSLETTER = "newsletter", _("Newsletter")
        TILL = "till", _("Shop till")
        FILE = "file", _("Files")
        STAFF = "staff", _("Colleagues")
        OTHER = "other", _("Something else")

    name = models.CharField(_("Name"), max_length=60)
    slug = models.SlugField(_("Short name"), max_length=40)
    kind = models.CharField(_("What it is"), max_length=10, choices=Kind, default=Kind.OTHER)
    write_key = models.CharField(max_length=80, default=new_write_key, editable=False)
    priority = models.PositiveSmallIntegerField(_("Order of trust"), default=50)
    # Sources that name customers by the same numbers share one space of external ids.
    shares_ids_with = TenantForeignKey("self", null=True, blank=True, related_name="+", verbose_name=_("Uses the customer numbers of"))

    # The card.
    used_for = models.TextField(_("What is it for?"), blank=True)
    identifies = models.BooleanField(_("It says who somebody is"), default=True)
    cost = models.CharField(_("What does it cost?"), max_length=200, blank=True)
    may_be_used_for = models.TextField(_("Where may it be used?"), blank=True)
    gives_customer = models.TextField(_("What does the customer get out of it?"), blank=True)
    owner = of_user(null=True, blank=True, verbose_name=_("Who looks after it?"))
    review_on = models.DateField(_("Look at it again on"), null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager.of(SourceQuerySet)
    holds = holding.nobody("where data comes from")

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="one_source_a_slug"),
            models.UniqueConstraint(fields=["tenant", "write_key"], name="one_source_a_write_key"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:source", args=[tenancy.current().slug, self.public_id])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def close(self) -> None:
        """Nothing is taken in any more; what it said stays."""
        self.closed_at = timezone.now()
        self.save(update_fields=["closed_at"])

    def reopen(self) -> None:
        self.closed_at = None
        self.save(update_fields=["closed_at"])

    def renew_key(self) -> None:
        """The old key stops within seconds."""
        self.write_key = new_write_key()
        self.save(update_fields=["write_key"])

    @property
    def id_space(self) -> int:
        """The space in which this source's external ids are unique."""
        return self.shares_ids_with_id or self.pk


class SourceDay(TenantModel):
    """What came in on one day (UTC): the health of a source. Counted by the drain and the importer, in their transactions."""

    source = TenantForeignKey(Source, models.CASCADE, related_name="days")
    on = models.DateField()
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    holds = holding.nobody("counts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "source", "on"], name="one_count_a_source_a_day")]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.on}"

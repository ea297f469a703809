"""What data may be used for: a purpose, and its versions with texts, legal bases and all that Art. 30 GDPR asks for."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import holding, tenancy
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, of_user
from consent.models.channel import Channel

KEY = RegexValidator(r"^[a-z][a-z0-9_]{0,39}$", _("Use small letters, digits and underscores; begin with a letter."))


class PurposeQuerySet(TenantQuerySet):
    def in_use(self) -> "PurposeQuerySet":
        return self.filter(archived_at=None)

    def live(self) -> "PurposeQuerySet":
        """Those that have a published version: only these allow anything."""
        return self.in_use().exclude(version=None)


class Purpose(TenantModel):
    """`version` is the one in force; it and all before it are immutable. A draft is the row of `versions` without `published_at`."""

    class Kind(models.TextChoices):
        MARKETING = "marketing", _("Marketing messages")
        SERVICE = "service", _("Service messages")
        PROFILING = "profiling", _("Profiling and personal choice")
        TRACKING = "tracking", _("Measuring what a customer opens, clicks or visits")
        RESEARCH = "research", _("Research")

    key = models.CharField(_("Key"), max_length=40, validators=[KEY])
    kind = models.CharField(_("Kind"), max_length=9, choices=Kind)
    version = TenantForeignKey("consent.PurposeVersion", models.PROTECT, null=True, editable=False, related_name="+")
    place = models.PositiveSmallIntegerField(default=0, editable=False)  # the order in the portal
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager.of(PurposeQuerySet)
    holds = holding.nobody("the register")

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        ordering = ["place", "key"]
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="one_purpose_a_key")]

    def __str__(self) -> str:
        return self.version.title if self.version else self.key

    def get_absolute_url(self) -> str:
        return reverse("consent:purpose", args=[tenancy.current().slug, self.public_id])


class PurposeVersion(TenantModel):
    class EPrivacy(models.TextChoices):
        """May we send, or store and read on a device? Apart from whether we may process at all (CJEU C-654/23)."""

        CONSENT = "consent", _("Consent")
        SOFT_OPT_IN = "soft_opt_in", _("Own customers, similar products (soft opt-in)")
        NOT_NEEDED = "not_needed", _("Not needed")

    class Gdpr(models.TextChoices):
        CONSENT = "consent", _("Consent")
        CONTRACT = "contract", _("Contract")
        LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
        LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")

    purpose = TenantForeignKey(Purpose, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(editable=False)
    # language -> {"title", "text" (what for, plainly), "label" (beside the control), "withdrawal" (how to stop)}
    texts = models.JSONField(default=dict)
    channels = ArrayField(models.CharField(max_length=5, choices=Channel), verbose_name=_("Channels"))
    dpv_term = models.CharField(_("Term of the Data Privacy Vocabulary"), max_length=60)  # such as DirectMarketing
    eprivacy_basis = models.CharField(_("May we send or measure, because of"), max_length=11, choices=EPrivacy)
    gdpr_basis = models.CharField(_("May we use the data, because of"), max_length=19, choices=Gdpr)
    data_categories = ArrayField(
        models.CharField(max_length=40), default=list, verbose_name=_("Data")
    )  # DPV pd: terms, such as EmailAddress
    sources = models.JSONField(default=list)  # where the data comes from: [{"name"}, …]
    recipients = models.JSONField(default=list)  # [{"name", "role", "country"}, …]
    transfers = models.JSONField(default=list)  # outside the EEA: [{"country", "safeguard"}, …]
    kept_days = models.PositiveIntegerField(_("Data kept for (days)"), null=True, blank=True)
    kept_reason = models.TextField(_("Why that long"), blank=True)
    valid_days = models.PositiveIntegerField(_("A consent holds for (days)"), null=True, blank=True)
    security = models.TextField(_("How it is protected"), blank=True)
    interest = models.JSONField(default=dict)  # legitimate interest: {"interest", "necessity", "balance"} (CJEU C-621/22)
    assessment_url = models.URLField(_("Impact assessment"), blank=True)
    owner = models.CharField(_("Responsible"), max_length=120, blank=True)
    review_on = models.DateField(_("Look at again on"), null=True, blank=True)
    needs_confirmation = models.BooleanField(_("Confirmed by mail (double opt-in)"), default=True)
    # Only where the text says so, and it is in force (TR9).
    joins_visits = models.BooleanField(_("Joins earlier visits to who somebody turns out to be"), default=False, db_default=False)
    # Soft opt-in: which own products are similar; whether a free account counts as a sale, and the reasoning if so (CC9, CC10).
    similar_products = models.CharField(_("Similar products of our own"), max_length=200, blank=True)
    free_account_reason = models.TextField(_("Why a free account counts as a sale"), blank=True)
    # Does what changed need a new consent? Earlier consents do not hold for this version then (TP7).
    is_material = models.BooleanField(_("Asks for a new consent"), default=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the published content
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = of_user(null=True)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = of_user(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("the register")

    class Meta:
        verbose_name = _("version of a purpose")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "purpose", "number"], name="one_purpose_version_a_number"),
            models.UniqueConstraint(fields=["tenant", "purpose"], condition=models.Q(published_at=None), name="one_draft_a_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.number}"

    @property
    def title(self) -> str:
        return self.text_in(translation.get_language())["title"]

    def text_in(self, language: str | None) -> dict[str, str]:
        """In that language, or else in one it has; every text is "" where nothing was written yet."""
        empty: dict[str, Any] = {"title": "", "text": "", "label": "", "withdrawal": ""}
        wanted = [language, *tenancy.current().languages, *self.texts]
        found = next((self.texts[each] for each in wanted if each in self.texts), None)
        return empty | (found or {"title": self.purpose.key})

    @property
    def holds_from(self) -> int:
        """The first version of which a consent still holds: the newest that asked for a new one (TP7)."""
        asked = PurposeVersion.objects.filter(purpose_id=self.purpose_id, is_material=True, number__lte=self.number)
        return asked.exclude(published_at=None).aggregate(models.Max("number"))["number__max"] or 1

    @property
    def asks_consent(self) -> bool:
        """Nobody allows it until they said yes. Otherwise everybody does until they object."""
        return "consent" in (self.eprivacy_basis, self.gdpr_basis)

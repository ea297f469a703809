"""Who did what, when and from where, with the values before and after. Added, never changed: the database refuses it."""

from datetime import date, datetime, time, tzinfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import holding, origin
from accounts.tenancy.rows import TenantManager, TenantModel, TenantQuerySet

END_OF_DAY = time.max.replace(fold=1)  # where the clock goes back at midnight, the second of the two


class AuditEntryQuerySet(TenantQuerySet):
    def newest_first(self) -> "AuditEntryQuerySet":
        return self.order_by("-pk")

    def about(self, text: str) -> "AuditEntryQuerySet":
        named = models.Q(actor_name__icontains=text) | models.Q(object_name__icontains=text)
        address = origin.address(text)
        return self.filter(named | models.Q(ip=address)) if address else self.filter(named)

    def between(self, since: date | None, until: date | None, zone: tzinfo) -> "AuditEntryQuerySet":
        """Whole days in the time zone of the tenant, both ends included."""
        rows = self
        if since:
            rows = rows.filter(at__gte=datetime.combine(since, time.min, zone))
        if until:
            rows = rows.filter(at__lte=datetime.combine(until, END_OF_DAY, zone))
        return rows


class AuditEntry(TenantModel):
    class Actor(models.TextChoices):
        USER = "user", _("Colleague")
        KEY = "key", _("API key")
        SYSTEM = "system", _("Portret")

    class Action(models.TextChoices):
        TENANT_CREATED = "tenant.created", _("Made the organisation")
        ORGANISATION_CHANGED = "organisation.changed", _("Changed the settings")
        IDENTITY_CHANGED = "identity.changed", _("Changed the legal identity")
        BRAND_CHANGED = "brand.changed", _("Changed the brand")
        SENDER_ADDED = "sender.added", _("Added a sender")
        SENDER_CONFIRMED = "sender.confirmed", _("Confirmed a sender")
        SENDER_REMOVED = "sender.removed", _("Removed a sender")
        SIGNED_IN = "user.signed_in", _("Signed in")
        SIGN_IN_FAILED = "user.sign_in_failed", _("Failed to sign in")
        SIGNED_OUT = "user.signed_out", _("Signed out")
        USER_CHANGED = "user.changed", _("Changed a user, as operator")
        SECURITY_CHANGED = "user.security_changed", _("Changed how they sign in")
        INVITED = "member.invited", _("Invited a colleague")
        INVITATION_RENEWED = "invitation.renewed", _("Sent an invitation again")
        INVITATION_REVOKED = "invitation.revoked", _("Withdrew an invitation")
        JOINED = "member.joined", _("Joined the team")
        MEMBER_VIEWED = "member.viewed", _("Looked at a colleague")
        MEMBER_CHANGED = "member.changed", _("Changed a colleague’s roles")
        MEMBER_REMOVED = "member.removed", _("Removed a colleague")
        KEY_CREATED = "key.created", _("Made an API key")
        KEY_ROTATED = "key.rotated", _("Renewed an API key")
        KEY_REVOKED = "key.revoked", _("Revoked an API key")
        AUDIT_EXPORTED = "audit.exported", _("Exported the audit log")
        CUSTOMER_VIEWED = "customer.viewed", _("Looked at a customer")
        CUSTOMERS_MERGED = "customer.merged", _("Put two customers together")
        CUSTOMERS_UNMERGED = "customer.unmerged", _("Took two customers apart")
        CUSTOMER_CHANGED = "customer.changed", _("Changed a customer")
        SOURCE_CREATED = "source.created", _("Connected a source")
        SOURCE_CHANGED = "source.changed", _("Changed a source")
        SOURCE_KEY_RENEWED = "source.key_renewed", _("Renewed the write key of a source")
        SOURCE_CLOSED = "source.closed", _("Closed or opened a source")
        QUARANTINE_REPLAYED = "quarantine.replayed", _("Corrected and replayed an item")
        QUARANTINE_DISCARDED = "quarantine.discarded", _("Threw away quarantined items")
        IMPORT_STARTED = "import.started", _("Started an import")
        IMPORT_CANCELLED = "import.cancelled", _("Cancelled an import")
        IMPORT_EXPORTED = "import.exported", _("Downloaded the rows that were not taken in")
        ATTRIBUTE_CREATED = "attribute.created", _("Added an attribute")
        ATTRIBUTE_CHANGED = "attribute.changed", _("Changed an attribute")
        EVENT_TYPE_CHANGED = "event_type.changed", _("Changed an event of the catalogue")
        SEGMENT_CREATED = "segment.created", _("Made a segment")
        SEGMENT_CHANGED = "segment.changed", _("Changed a segment")
        SEGMENT_ARCHIVED = "segment.archived", _("Put a segment away or back")
        SCORES_CHANGED = "scores.changed", _("Changed the thresholds of the lifecycle")
        PURPOSE_CREATED = "purpose.created", _("Made a purpose")
        PURPOSE_CHANGED = "purpose.changed", _("Changed the draft of a purpose")
        PURPOSE_PUBLISHED = "purpose.published", _("Published a purpose")
        PURPOSE_ARCHIVED = "purpose.archived", _("Put a purpose away or back")
        REGISTER_EXPORTED = "register.exported", _("Exported the record of processing")
        FORM_CREATED = "form.created", _("Made a consent form")
        FORM_PUBLISHED = "form.published", _("Published a consent form")
        FORM_CLOSED = "form.closed", _("Closed or opened a consent form")
        CONSENT_RECORDED = "consent.recorded", _("Recorded what a customer allows")
        CONSENT_IMPORTED = "consent.imported", _("Imported consents with their proof")
        CONSENT_VIEWED = "consent.viewed", _("Looked at proof of consent")
        LEDGER_EXPORTED = "ledger.exported", _("Exported the consent log")
        LEDGER_KEY_RENEWED = "ledger.key_renewed", _("Renewed the key that signs the consent log")
        LEDGER_COPY_CHANGED = "ledger.copy_changed", _("Changed where copies of the consent log go")
        ADDRESS_SEARCHED = "suppression.searched", _("Looked up whether an address is blocked")
        ADDRESS_BLOCKED = "suppression.added", _("Blocked an address")
        ADDRESS_FREED = "suppression.lifted", _("Lifted the block of an address")
        REQUEST_RECORDED = "request.recorded", _("Recorded a rights request")
        REQUEST_CHANGED = "request.changed", _("Changed a rights request")
        REQUEST_DECIDED = "request.decided", _("Answered a rights request")
        PACKAGE_DOWNLOADED = "package.downloaded", _("Downloaded everything held about a customer")
        CUSTOMER_ERASED = "customer.erased", _("Erased a customer")
        BREACH_RECORDED = "breach.recorded", _("Recorded a data breach")
        BREACH_CHANGED = "breach.changed", _("Changed the record of a data breach")
        RETENTION_CHANGED = "retention.changed", _("Changed how long something is kept")
        TRANSPARENCY_PUBLISHED = "transparency.published", _("Published the transparency page")

    at = models.DateTimeField(_("When"), default=timezone.now)
    actor_kind = models.CharField(max_length=6, choices=Actor)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("Who"), max_length=254, blank=True)
    action = models.CharField(_("What"), max_length=40, choices=Action)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_name = models.CharField(_("On what"), max_length=254, blank=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    ip = models.GenericIPAddressField(_("From where"), null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=32, blank=True)

    objects = TenantManager.of(AuditEntryQuerySet)
    holds = holding.of_colleague("what colleagues did; of customers only the id")
    is_append_only = True

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["tenant", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["tenant", "actor_id", "-id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} · {self.object_name}"

    @property
    def changes(self) -> list[tuple[str, object, object]]:
        """(field, before, after) for every field that differs."""
        before, after = self.before or {}, self.after or {}
        return [(field, before.get(field), after.get(field)) for field in {**before, **after} if before.get(field) != after.get(field)]

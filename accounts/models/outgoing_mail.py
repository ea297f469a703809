"""A mail to a colleague that waits to be sent. Global: signing up comes before there is a tenant. The content goes once it is sent."""

from django.db import models
from django.utils import timezone


class OutgoingMailQuerySet(models.QuerySet):
    def due(self) -> "OutgoingMailQuerySet":
        return self.filter(sent_at=None, due_at__lte=timezone.now()).order_by("due_at", "pk")


class OutgoingMail(models.Model):
    content = models.BinaryField()
    recipients = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(sent_at=None), name="mail_that_waits")]

    def __str__(self) -> str:
        return f"mail {self.pk}"

"""The log of consent that proves itself: a chain for each subject, salted digests, and a Merkle tree a tenant (docs/verify.md).

The serving role reads these tables and writes them through functions of the database only (migration 0003).
"""

import uuid

from django.db import models

from accounts import holding
from accounts.tenancy.rows import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet

NOTHING = bytes(32)  # what the first event of a chain follows


class Subject(TenantModel):
    """A pseudonym in the log. `customer_id` is the only link to somebody, and is cut when they are erased.

    `customer_id` is a plain column: the customer's row goes first. Nothing in it for the subject of the tenant itself (`is_tenant`),
    under which versions of purposes, keys and outcomes of requests are logged.
    """

    ref = models.UUIDField(default=uuid.uuid4)
    customer_id = models.BigIntegerField(null=True)
    is_tenant = models.BooleanField(default=False)
    head_seq = models.IntegerField(default=0)
    head_hash = models.BinaryField(default=NOTHING)
    erased_at = models.DateTimeField(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("a random number in the log", "leads to nobody once the link is cut (Art. 5(2), 7(1))")
    is_written_by_function = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "ref"], name="one_subject_a_ref"),
            models.UniqueConstraint(fields=["tenant", "customer_id"], condition=~models.Q(customer_id=None), name="one_subject_a_customer"),
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(is_tenant=True), name="one_subject_of_the_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.ref)


class SubjectKey(TenantModel):
    """The key under which a subject's evidence can be read, itself encrypted. Without it nobody can read it, ever again."""

    subject = TenantForeignKey(Subject, models.CASCADE, related_name="keys")
    wrapped = models.BinaryField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("the key to proof of consent", "destroyed when the term for proof is over, or at once (Art. 17(3)(e))")
    is_written_by_function = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "subject"], name="one_key_a_subject")]

    def __str__(self) -> str:
        return f"key of {self.subject_id}"


class LedgerEvent(TenantModel):
    """Nothing readable: what happened, when and for which purpose are fields under `fields_root`."""

    event_id = models.UUIDField()
    subject = TenantForeignKey(Subject, models.PROTECT, related_name="events")
    seq = models.IntegerField()
    prev_hash = models.BinaryField()
    fields_root = models.BinaryField()
    leaf_hash = models.BinaryField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("hashes", "nothing to be read in them")
    is_append_only = True
    is_written_by_function = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event_id"], name="one_ledger_event_an_id"),
            models.UniqueConstraint(fields=["tenant", "subject", "seq"], name="one_ledger_event_a_place"),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class Evidence(TenantModel):
    """`digests`: for each field, sorted by name, u32(len(name)) || name || its 32 byte digest; never changed. `sealed`: the fields
    and their salts under the subject's key; a redaction takes fields out of it, an erasure all of it."""

    event_id = models.UUIDField()
    digests = models.BinaryField()
    sealed = models.BinaryField(null=True)
    has_ip = models.BooleanField(default=False)  # so that redacting finds them

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.kept("proof of consent, encrypted", "unreadable once the key is destroyed (Art. 17(3)(e))")
    is_written_by_function = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "event_id"], name="one_evidence_an_event")]
        indexes = [models.Index(fields=["tenant", "id"], name="evidence_with_ip", condition=models.Q(has_ip=True))]

    def __str__(self) -> str:
        return str(self.event_id)


class LedgerInbox(TenantModel):
    """Events that wait for their place in the tree."""

    event_id = models.UUIDField()
    leaf_hash = models.BinaryField()
    at = models.DateTimeField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("hashes")
    is_written_by_function = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "event_id"], name="waits_once_for_the_tree")]

    def __str__(self) -> str:
        return str(self.event_id)


class Leaf(TenantModel):
    index = models.BigIntegerField()
    event_id = models.UUIDField()
    leaf_hash = models.BinaryField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("hashes")
    is_append_only = True
    is_written_by_function = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "index"], name="one_leaf_an_index"),
            models.UniqueConstraint(fields=["tenant", "event_id"], name="one_leaf_an_event"),
        ]

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Node(TenantModel):
    """A full subtree of 2**level leaves (RFC 6962 §2.1); level 0 stands in `Leaf`."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("hashes")
    is_append_only = True
    is_written_by_function = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "level", "index"], name="one_node_a_place")]

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class SigningKey(TenantModel):
    """Ed25519. The private half is sealed with the vault; public halves stay for ever, to check old checkpoints with."""

    name = models.CharField(max_length=120)
    public = models.BinaryField()
    private_sealed = models.TextField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("keys of the organisation")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], condition=models.Q(retired_at=None), name="one_signing_key_in_use")]

    def __str__(self) -> str:
        return self.name


class Checkpoint(TenantModel):
    """A signed note in the form of C2SP tlog-checkpoint."""

    tree_size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField()

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("hashes")
    is_append_only = True
    is_written_by_function = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "tree_size"], name="one_checkpoint_a_size")]

    def __str__(self) -> str:
        return f"checkpoint {self.tree_size}"


class CheckpointCopy(TenantModel):
    """Where checkpoints are kept outside Portret, and whether that went well: the outside copy is the security."""

    class Kind(models.TextChoices):
        FILE = "file", "file"
        MAIL = "mail", "mail"
        HOOK = "hook", "hook"

    kind = models.CharField(max_length=4, choices=Kind)
    target = models.CharField(max_length=300)  # an e-mail address or an https address; for a file nothing
    last_size = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = TenantManager.of(TenantQuerySet)
    holds = holding.nobody("addresses of the organisation")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "target"], name="one_copy_a_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"

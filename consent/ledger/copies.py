"""A new checkpoint in, copies of it outside the database out: a file, a mail, an https address. Leaves what became of each in its row.

The outside copy is the security: whoever has the database and the signing key can write another history, but not these (docs/verify.md).
Each is tried on its own, keeps what went wrong, and is tried again ten minutes later.
"""

import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tenancy
from accounts.models import Tenant
from consent.ledger import posting, tree
from consent.ledger.keys import KeyLost
from consent.models import Checkpoint, CheckpointCopy

logger = logging.getLogger(__name__)
Kind = CheckpointCopy.Kind
A_MAIL = timedelta(hours=23)


def sign_and_keep_up(tenant: Tenant) -> int:
    """A checkpoint when the tree grew, then the copies; a key that is lost stops the first and not the second."""
    try:
        with tenancy.scope(tenant):
            tree.checkpoint()
    except KeyLost:
        logger.exception("the consent log cannot be signed", extra={"tenant": tenant.slug})
    return keep_up(tenant)


def keep_up(tenant: Tenant) -> int:
    """Hands the newest checkpoint to every copy that has not got it; answers how many took it. Waits for others outside a transaction."""
    with tenancy.scope(tenant):
        add_file()
        newest = Checkpoint.objects.order_by("-tree_size").first()
        behind = [copy for copy in CheckpointCopy.objects.order_by("pk") if newest and _is_due(copy, newest)]
    return sum(_keep_up(tenant, copy, newest) for copy in behind)


def add_file() -> CheckpointCopy:
    """Every tenant has one: a file that is only added to, for whoever backs up or mirrors the folder of files."""
    return CheckpointCopy.objects.get_or_create(kind=Kind.FILE, target="")[0]


def path_of(tenant: Tenant) -> Path:
    return Path(settings.MEDIA_ROOT) / "checkpoints" / tenant.slug / "checkpoints.txt"


def notes_in(path: Path) -> Iterator[str]:
    """The notes of a file of checkpoints, each as it was signed."""
    if not path.exists():
        return
    lines: list[str] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            lines.append(line)
            if line.startswith("— "):
                yield "".join(lines)
                lines = []
            elif line == "\n" and len(lines) == 1:
                lines = []


def _is_due(copy: CheckpointCopy, newest: Checkpoint) -> bool:
    """A mail a day is enough: nobody reads more."""
    had_lately = copy.kind == Kind.MAIL and copy.last_at is not None and copy.last_at > timezone.now() - A_MAIL
    return copy.last_size < newest.tree_size and not had_lately


def _keep_up(tenant: Tenant, copy: CheckpointCopy, newest: Checkpoint) -> bool:
    error = _tried(tenant, copy, newest)
    done = {} if error else {"last_size": newest.tree_size, "last_at": timezone.now()}
    with tenancy.scope(tenant):
        CheckpointCopy.objects.filter(pk=copy.pk).update(last_error=error[:300], **done)
    return not error


def _tried(tenant: Tenant, copy: CheckpointCopy, newest: Checkpoint) -> str:
    ways: dict[str, Callable[[Tenant, CheckpointCopy, Checkpoint], None]] = {Kind.FILE: _to_file, Kind.MAIL: _to_mail, Kind.HOOK: _to_hook}
    try:
        ways[copy.kind](tenant, copy, newest)
    except (OSError, posting.NotPosted) as error:
        return str(getattr(error, "strerror", "") or error) or type(error).__name__
    return ""


def _to_file(tenant: Tenant, copy: CheckpointCopy, newest: Checkpoint) -> None:
    """All that are newer than the last one it holds, so that a file that was away misses none."""
    path = path_of(tenant)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tenancy.scope(tenant):
        notes = list(Checkpoint.objects.filter(tree_size__gt=copy.last_size).order_by("tree_size").values_list("note", flat=True))
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{note}\n" for note in notes))
        file.flush()
        os.fsync(file.fileno())


def _to_mail(tenant: Tenant, copy: CheckpointCopy, newest: Checkpoint) -> None:
    subject = _("Checkpoint %(size)s of the consent log of %(name)s") % {"size": newest.tree_size, "name": tenant.name}
    text = _("Keep this mail: it proves that the consent log was like this. How to check with it: docs/verify.md.")
    EmailMessage(subject, f"{text}\n\n{newest.note}", to=[copy.target]).send()


def _to_hook(tenant: Tenant, copy: CheckpointCopy, newest: Checkpoint) -> None:
    posting.post(copy.target, newest.note.encode(), kind="text/plain; charset=utf-8")

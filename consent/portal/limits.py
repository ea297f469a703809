"""What is asked for too often in, no out. Kept in the cache, which is a table: it holds across processes, and knows hashes only."""

import time

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from accounts import tenancy

AN_HOUR = 3600


def take(what: str, key: str, *, most: int, within: int = AN_HOUR) -> bool:
    """One turn of `most` within so many seconds; False when there is none left. Two at the very same moment may both get the last."""
    if not key:
        return True
    digest = salted_hmac(f"consent.portal.{what}", f"{tenancy.current().pk} {key}", algorithm="sha256").hexdigest()
    name, now = f"portal:{what}:{digest}", time.time()
    lately = [at for at in cache.get(name, []) if at > now - within]
    if len(lately) >= most:
        return False
    cache.set(name, [now, *lately], within)
    return True

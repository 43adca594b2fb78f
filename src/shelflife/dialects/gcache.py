"""gcache: a pickle of its own wrapper, below `urn:`, and watermarks that say what is outdated."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.integer import is_integer
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs


def by_key(stored: Stored) -> Optional[Recognised]:
    """Look at a watermark."""
    if stored.key.endswith(b"}#watermark") and is_integer(stored.raw):
        return Recognised("gcache", codec="int")
    return None


SIGNS = Signs(
    "gcache",
    Recognised("gcache", writes="highest"),
    keys=(b"{urn:",),
    by_key=by_key,
    pickled=(("gcache._internal.redis_cache", "RedisValue"),),
)

"""Locks: tokens that some client holds, which are state.

Rules:
1. A UUID or its hexadecimal digits, under a key with `lock` in it (redis-py, dogpile, Redlock).
2. The digits of a time-based UUID under any key: so redis-py makes its tokens.
3. Anything short under a key with `lock` as a word of its own.
"""

from __future__ import annotations

import re

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

SHORT = 64
_FOUND = Recognised("redis-lock", codec="text", state="lock")
_TOKEN = re.compile(rb"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIMED = re.compile(rb"[0-9a-f]{12}1[0-9a-f]{3}[89ab][0-9a-f]{15}")
_WORD = re.compile(rb"(?:^|[^a-z])(?:red)?lock(?:$|[^a-z])|^_lock", re.IGNORECASE)


def lock(stored: Stored, found: Recognised) -> Recognised:
    """Say of a short entry that it is a lock, if it is one."""
    key, raw = stored.key, stored.raw
    if b"lock" in key.lower():
        if found.payload is None and _TOKEN.fullmatch(raw) is not None:
            return _FOUND
        return found._replace(state="lock") if _WORD.search(key) is not None else found
    if found.codec == "text" and _TIMED.fullmatch(raw) is not None:
        return found._replace(owners=("aiocache", "redis-lock"), state="lock")
    return found


SIGNS = Signs("redis-lock", _FOUND)

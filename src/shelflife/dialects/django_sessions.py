"""Django's sessions: under the cache's keys, or signed text.

The signed form is `data:time:signature` in URL-safe base64, a point before it if it is compressed;
what is in it is JSON, or a pickle where a project chose that.
"""

from __future__ import annotations

import binascii
import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs

_FOUND = Recognised("django-sessions", state="session", writes="highest")
_SIGNED = re.compile(rb"\.?[A-Za-z0-9_-]{2,}:[A-Za-z0-9]{6}:[A-Za-z0-9_-]{27,86}")
_LONGEST = 1 << 20


def is_session_key(key: bytes) -> bool:
    """Whether a key is that of a session kept in a cache, whatever stands before it."""
    return b"django.contrib.sessions.c" in key


def in_cache(found: Recognised) -> Recognised:
    """Say of what a cache stored under such a key that it is a session."""
    return found._replace(dialect="django-sessions", owners=(), state="session")


def signed(raw: bytes) -> Optional[Recognised]:
    """Look at text; None if it is not signed so."""
    if len(raw) > _LONGEST or _SIGNED.fullmatch(raw) is None:
        return None
    data = raw.lstrip(b".").partition(b":")[0]
    try:
        inner = binascii.a2b_base64(data.translate(_STANDARD) + b"=" * (-len(data) % 4))
    except binascii.Error:
        return None
    return within(_FOUND, "signed+base64", look(inner))


_STANDARD = bytes.maketrans(b"-_", b"+/")

SIGNS = Signs("django-sessions", _FOUND)

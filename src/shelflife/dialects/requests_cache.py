"""requests-cache: responses under `name:` and 16 hexadecimal digits, and a hash of redirects.

A response is a pickle of a plain dict, or JSON, with the same members.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("requests-cache", writes="default")
_MEMBERS = (b"_content", b"created_at", b"status_code")
_DIGITS = 16
_HEX = b"0123456789abcdef"


def is_response_key(key: bytes) -> bool:
    """Whether a key ends in a colon and 16 hexadecimal digits."""
    return key[-_DIGITS - 1 : -_DIGITS] == b":" and not key[-_DIGITS:].translate(None, _HEX)


def in_pickle(found: Recognised, stored: Stored) -> Optional[Recognised]:
    """Look at a bare pickle under such a key; None if it is no response."""
    if not all(member in stored.raw for member in _MEMBERS):
        return None
    return found._replace(dialect="requests-cache", owners=(), writes="default")


def redirect(stored: Stored) -> Optional[Recognised]:
    """Look at the field of a hash; None if it is no redirect."""
    if stored.redis_type != "hash" or not stored.key.endswith(b"-redirects"):
        return None
    return _FOUND._replace(codec="text", writes="")


SIGNS = Signs("requests-cache", _FOUND, members=("_content", "created_at", "status_code"))

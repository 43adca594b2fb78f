"""django-cacheops: bare pickles under `c:` or `q:` and an MD5, and sets of what they depend on."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("cacheops", writes="highest")
_HEX = b"0123456789abcdef"
_KINDS = (b"c:", b"q:")


def by_key(stored: Stored) -> Optional[Recognised]:
    """Look at a dependency."""
    return None if stored.redis_type == "string" else within(_FOUND, "", look(stored.raw))


def is_entry_key(key: bytes) -> bool:
    """Whether a key is a kind and 32 hexadecimal digits."""
    return len(key) == 34 and key[:2] in _KINDS and not key[2:].translate(None, _HEX)


def in_pickle(found: Recognised) -> Recognised:
    """Say of a pickle under such a key whose it is."""
    return within(_FOUND, "", found)


SIGNS = Signs("cacheops", _FOUND, keys=(b"conj:", b"schemes:"), by_key=by_key)

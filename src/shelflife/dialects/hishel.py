"""hishel 2: an index, entries and streams below `hishel:`, in MessagePack."""

from __future__ import annotations

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("hishel")


def by_key(stored: Stored) -> Recognised:
    """Look at an entry, or at a piece of a body, which may be any bytes."""
    if b":stream:" in stored.key or stored.redis_type == "list":
        return _FOUND._replace(codec="bytes")
    return within(_FOUND, "", look(stored.raw))


SIGNS = Signs("hishel", _FOUND, keys=(b"hishel:",), by_key=by_key, members=("request", "response"))

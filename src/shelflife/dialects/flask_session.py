"""Flask-Session: sessions below `session:`, which are state.

Rules:
1. Up to 0.5 a bare pickle of the default protocol, later MessagePack or JSON; a later release
   reads all three.
2. The member `_permanent` tells a session under any key: each has it.
"""

from __future__ import annotations

from shelflife.dialects import werkzeug
from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("flask-session", state="session", writes="default")


def by_key(stored: Stored) -> Recognised:
    """Look at a session under the default prefix; cachelib may have stored it."""
    if stored.raw[:1] == b"!":
        found = werkzeug.by_head(stored)
        return found if found.dialect == "shelflife" else within(_FOUND, "cachelib", found)
    return within(_FOUND, "", look(stored.raw))


SIGNS = Signs("flask-session", _FOUND, keys=(b"session:",), by_key=by_key, members=("_permanent",))

"""Beaker: pickles of creation, expiry and value below `beaker_cache:`; sessions among them."""

from __future__ import annotations

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("beaker", writes="default")


def by_key(stored: Stored) -> Recognised:
    """Look at an entry under Beaker's prefix; a session's last part is just `session`."""
    found = within(_FOUND, "", look(stored.raw))
    if stored.key.endswith((b":session", b":beaker_session")):
        return found._replace(state="session")
    return found


SIGNS = Signs("beaker", _FOUND, keys=(b"beaker_cache:",), by_key=by_key)

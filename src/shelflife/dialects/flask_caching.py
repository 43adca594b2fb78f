"""Flask-Caching: cachelib's bytes under keys that begin with `flask_cache_`.

What is neither `!` and a pickle nor an integer is none of its own: a value to cachelib's reader,
`foreign` to ours.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects import werkzeug
from shelflife.dialects.integer import is_integer
from shelflife.dialects.json_text import is_json
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason


def by_key(stored: Stored) -> Optional[Recognised]:
    """Look at an entry under the default prefix."""
    raw = stored.raw
    if raw[:1] == b"!":
        found = werkzeug.by_head(stored)
        return found if found.dialect != "werkzeug" else found._replace(dialect="flask-caching")
    if is_integer(raw):
        return Recognised("flask-caching", codec="int")
    return Recognised("flask-caching", codec="json") if is_json(raw) else None


def read(stored: Stored) -> Recognised:
    """Judge by the rules of cachelib's reader, but for bytes of others."""
    found = werkzeug.read(stored)
    if not stored.raw:
        return Recognised("flask-caching", reason=Reason.CORRUPT, detail="an empty entry")
    if found.codec == "bytes":
        return Recognised(
            "flask-caching", codec="?", reason=Reason.FOREIGN, detail=werkzeug.NEITHER
        )
    return found if found.dialect != "werkzeug" else found._replace(dialect="flask-caching")


SIGNS = Signs(
    "flask-caching",
    Recognised("flask-caching"),
    keys=(b"flask_cache_",),
    by_key=by_key,
    read=read,
)

"""fastapi-cache2: JSON, in which dates and decimals have a `_spec_type`, or a bare pickle."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.contents import look
from shelflife.dialects.json_text import is_json
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_MARK = b'"_spec_type"'


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins as JSON; None without the mark."""
    raw = stored.raw
    return Recognised("fastapi-cache", codec="json") if _MARK in raw and is_json(raw) else None


def read(stored: Stored) -> Recognised:
    """Judge by what the entry is: the coder is not known."""
    found = look(stored.raw)
    writes = "default" if found.facts is not None else ""
    return found._replace(dialect="fastapi-cache", owners=(), writes=writes)


SIGNS = Signs(
    "fastapi-cache",
    Recognised("fastapi-cache", writes="default"),
    heads=(b"{", b"["),
    by_head=by_head,
    read=read,
)

"""Django's file cache: a pickled expiry, and a compressed pickle after it."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.compressors import compressor
from shelflife.dialects.contents import look, within
from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

_FOUND = Recognised("django-file", writes="highest")


def after_pickle(raw: bytes, end: int) -> Optional[Recognised]:
    """Look at what follows a pickle; None unless it is compressed."""
    if compressor(raw[end : end + 16]) != "zlib":
        return None
    return within(_FOUND, "expiry", look(raw[end:]))


def read(stored: Stored) -> Recognised:
    """Judge by the rules of its reader: expiry, then zlib, then a pickle."""
    expiry = look_at_pickle(stored.raw)
    if expiry.facts is None:
        return expiry._replace(dialect="django-file")
    found = after_pickle(stored.raw, expiry.facts.end)
    if found is not None:
        return found
    detail = "nothing compressed follows the expiry"
    return Recognised("django-file", codec="expiry+?", reason=Reason.CORRUPT, detail=detail)


SIGNS = Signs("django-file", _FOUND, read=read)
